// `npm run package`: the tarballs to publish, in target/npm — `steadfast`, the package with the addon for
// the platform this runs on, and the packages that have `steadfast` as a peer.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, PACKAGES, root, run, runMain, say } from "./build.mjs";

/** Every platform that an addon is published for. */
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];

/** npm takes a file named exactly LICENSE along, but not these. */
const LICENCES = "LICENSE-*";

/** What the build notes for itself in dist. */
const BUILD_STAMP = ".built";

const source = join(root, "packages", "steadfast");

/**
 * Makes all tarballs from what was built, in `output`, which is emptied first.
 *
 * Resolves to the path of the tarball of each package, by its name.
 */
export async function packTarballs(output = join(root, "target", "npm")) {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const manifest = readManifest(source);
  const packages = [stageLibrary(output, manifest), stagePlatform(output, manifest)];
  for (const name of PACKAGES) {
    const directory = join(root, "packages", name);
    if (directory !== source) packages.push(stagePeer(output, directory, manifest));
  }
  await run(["npm", "pack", "--silent", "--pack-destination", output, ...packages]);
  return Object.fromEntries(packages.map((directory) => tarballOf(output, directory)));
}

/** The library, which finds the addon in an optional dependency. */
function stageLibrary(output, manifest) {
  const optionalDependencies = Object.fromEntries(
    PLATFORMS.map((platform) => [`@steadfast/${platform}`, manifest.version]),
  );
  return stage(output, source, { ...manifest, optionalDependencies });
}

/** A package that stands on the library, and works with the version it was released with only. */
function stagePeer(output, directory, { version }) {
  const manifest = readManifest(directory);
  const needed = [manifest.version, manifest.peerDependencies.steadfast];
  for (const [name, wanted] of Object.entries(manifest.dependencies)) {
    if (name.startsWith("@steadfast/")) needed.push(wanted);
  }
  if (needed.some((each) => each !== version)) {
    throw new Error(
      "versions differ between packages that are released together: " +
        `package="${manifest.name}" versions="${needed.join(", ")}" steadfast="${version}"`,
    );
  }
  return stage(output, directory, manifest);
}

/** Lays out what a package publishes of its directory. */
function stage(output, from, manifest) {
  const directory = join(output, basename(from));
  mkdirSync(directory);
  const filter = (path) => basename(path) !== BUILD_STAMP;
  for (const name of manifest.files) {
    cpSync(join(from, name), join(directory, name), { recursive: true, filter });
  }
  copyTexts(directory, from);
  write(directory, { ...manifest, files: [...manifest.files, LICENCES] });
  return directory;
}

/** The addon alone, which npm installs only where it runs. */
function stagePlatform(output, { version, license, engines, repository }) {
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

/** The README of the package, or that of the repository, and both licences. */
function copyTexts(directory, from = root) {
  const own = join(from, "README.md");
  copyFileSync(existsSync(own) ? own : join(root, "README.md"), join(directory, "README.md"));
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    copyFileSync(join(root, name), join(directory, name));
  }
}

function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}

function write(directory, manifest) {
  // Without it npm takes a package with a scope for a private one.
  const published = { ...manifest, publishConfig: { access: "public" } };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
}

/** The name of a package and the path of its tarball. */
function tarballOf(output, directory) {
  const { name, version } = readManifest(directory);
  return [name, join(output, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    await build();
    for (const tarball of Object.values(await packTarballs())) say(`packed ${tarball}`);
  });
}
