// `npm run package`: the tarballs to publish, in target/npm — `steadfast`, and the package with the
// addon for the platform this runs on.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, root, run, runMain, say } from "./build.mjs";

/** Every platform that an addon is published for. */
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];

/** npm takes a file named exactly LICENSE along, but not these. */
const LICENCES = "LICENSE-*";

const source = join(root, "packages", "steadfast");
const output = join(root, "target", "npm");

/** Makes both tarballs from what was built, and returns their paths. */
export async function packTarballs() {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const packages = [stageLibrary(manifest), stagePlatform(manifest)];
  await run(["npm", "pack", "--silent", "--pack-destination", output, ...packages]);
  return packages.map((directory) => tarballOf(directory));
}

/** The library, which finds the addon in an optional dependency. */
function stageLibrary(manifest) {
  const directory = join(output, "steadfast");
  mkdirSync(directory);
  for (const name of ["bin", "dist", "src"]) {
    cpSync(join(source, name), join(directory, name), { recursive: true });
  }
  copyTexts(directory);
  const optionalDependencies = Object.fromEntries(
    PLATFORMS.map((platform) => [`@steadfast/${platform}`, manifest.version]),
  );
  const files = [...manifest.files, LICENCES];
  write(directory, { ...manifest, files, optionalDependencies });
  return directory;
}

/** The addon alone, which npm installs only where it runs. */
function stagePlatform({ version, license, engines, repository }) {
  const { platform, arch } = process;
  const directory = join(output, `${platform}-${arch}`);
  mkdirSync(directory);
  copyFileSync(join(source, "steadfast.node"), join(directory, "steadfast.node"));
  copyTexts(directory);
  write(directory, {
    name: `@steadfast/${platform}-${arch}`,
    version,
    description: `The native part of steadfast for ${platform}-${arch}`,
    license,
    ...(repository ? { repository } : {}),
    engines,
    main: "steadfast.node",
    files: ["steadfast.node", LICENCES],
    os: [platform],
    cpu: [arch],
    ...(platform === "linux" ? { libc: ["glibc"] } : {}),
  });
  return directory;
}

function copyTexts(directory) {
  for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
    const text = join(root, name);
    if (existsSync(text)) copyFileSync(text, join(directory, name));
  }
}

function write(directory, manifest) {
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function tarballOf(directory) {
  const { name, version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  return join(output, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    await build();
    for (const tarball of await packTarballs()) say(`packed ${tarball}`);
  });
}
