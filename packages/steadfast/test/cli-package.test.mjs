import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { packTarballs } from "../../../scripts/package.mjs";
import { Command, get } from "./command.mjs";
import { counterFiles } from "./counter-project.mjs";
import { project } from "./project.mjs";

const execute = promisify(execFile);

test("the tarballs install in an empty project and serve it", async (t) => {
  const packed = await packTarballs();
  const platform = `@steadfast/${process.platform}-${process.arch}`;
  const tarballs = [packed.steadfast, packed[platform]];
  const directory = project(t, { ...counterFiles(), "package.json": { private: true } });
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
  await execute("npm", ["install", ...options, ...tarballs], { cwd: directory });

  for (const name of ["steadfast", platform]) {
    const files = readdirSync(join(directory, "node_modules", name));
    for (const file of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
      assert.ok(files.includes(file), `${name} has no ${file}`);
    }
  }

  const command = new Command(t, ["dev"], { cwd: directory, program: ["npx", "steadfast"] });
  const url = await command.url();
  assert.equal(await get(url), "count 1");
  assert.equal(await get(url), "count 2");
  await command.kill("SIGKILL");

  const script = `import { Steadfast } from "steadfast";
    import { DurableObject } from "cloudflare:workers";
    class Greeter extends DurableObject { fetch() { return new Response("hello"); } }
    const app = await Steadfast.start({
      worker: { fetch: (request, env) => env.GREETER.getByName("a").fetch(request) },
      durableObjects: { GREETER: Greeter },
    });
    console.log(await (await app.fetch("http://localhost/")).text());
    await app.stop();`;
  const node = ["--import", "steadfast/register", "--input-type=module", "--eval", script];
  const { stdout } = await execute(process.execPath, node, { cwd: directory });
  assert.equal(stdout, "hello\n");

  rmSync(join(directory, "node_modules", "@steadfast"), { recursive: true });
  const missing = new Command(t, ["dev"], { cwd: directory, program: ["npx", "steadfast"] });
  assert.deepEqual(await missing.ended(), { code: 1, signal: null });
  const { version } = (await import("steadfast/package.json", { with: { type: "json" } })).default;
  // npx may have something to say about its own configuration first.
  assert.equal(
    missing.output.replace(/^npm warn .*\n/gm, ""),
    `error the native part of steadfast for ${process.platform}-${process.arch} is missing: ` +
      `run "npm install ${platform}@${version}", ` +
      'or in a checkout of the repository "npm start"\n',
  );
});
