import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../bin/steadfast.js", import.meta.url));
const snapshot = new URL("help.snapshot.txt", import.meta.url);

function steadfast(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test("help is the text of the snapshot", async () => {
  const expected = readFileSync(snapshot, "utf8");
  for (const args of [["--help"], ["dev", "-h"], []]) {
    assert.deepEqual(await steadfast(...args), { code: 0, stdout: expected, stderr: "" });
  }
});

test("version is the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  assert.deepEqual(await steadfast("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("a wrong argument is named and ends with code 1", async () => {
  const messages = [
    [
      ["run"],
      'error unknown command: command="run" commands="dev, serve, import, export, inspect, check"\n',
    ],
    [["dev", "a", "b"], 'error only one directory can be given: extra="b"\n'],
    [["inspect", "a", "b", "c"], 'error at most namespace and object can be given: extra="c"\n'],
    [["dev", "--limits=none"], 'error --limits is local or production: given="none"\n'],
    [["serve", "--history=x"], 'error --history needs a time such as "30 days": given="x"\n'],
    [["dev", "--commit=fast"], 'error --commit is log or sqlite: given="fast"\n'],
    [["import"], "error import needs a directory: steadfast import <directory>\n"],
    [
      ["dev", "--overwrite"],
      'error --overwrite is not for this command: command="dev" for="import, export"\n',
    ],
    [["inspect", "--limit", "x"], 'error --limit needs a number: given="x" limit_max=4294967295\n'],
    [["dev", "--prt", "1"], "error Unknown option '--prt'; see steadfast --help\n"],
    [
      ["serve", "--port", "http"],
      'error --port needs a port number: given="http" port_max=65535\n',
    ],
    [
      ["serve", "--port", "65536"],
      'error --port needs a port number: given="65536" port_max=65535\n',
    ],
  ];
  for (const [args, stderr] of messages) {
    assert.deepEqual(await steadfast(...args), { code: 1, stdout: "", stderr });
  }
});
