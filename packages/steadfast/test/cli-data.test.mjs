import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { barText, ProgressBar } from "../dist/cli/data/progress.js";
import { bytesText, table } from "../dist/cli/data/report.js";
import { Command, get, steadfast } from "./command.mjs";
import { counterFiles } from "./counter-project.mjs";
import { project } from "./project.mjs";

/** A project whose counters "/a" and "/b" have counted to 2 and 1. */
async function counted(t) {
  const directory = project(t, counterFiles());
  const server = new Command(t, ["serve"], { cwd: directory });
  const url = await server.url();
  for (const path of ["/a", "/a", "/b"]) await get(`${url}${path}`);
  await server.kill("SIGTERM");
  return directory;
}

test("inspect lists namespaces, objects and what an object has", async (t) => {
  const directory = await counted(t);
  const inspect = async (...args) => {
    const { code, stdout, stderr } = await steadfast(["inspect", ...args], { cwd: directory });
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    return stdout;
  };
  assert.equal(await inspect(), "namespace         objects\ncounting-Counter  2\n");
  const objects = JSON.parse(await inspect("counting-Counter", "--json"));
  assert.equal(objects.total, 2);
  const [a] = objects.objects.filter(({ name }) => name === "/a");
  assert.deepEqual(
    { ...a, id: undefined },
    {
      id: undefined,
      name: "/a",
      keys: 1,
      databaseBytes: 0,
      tables: [],
      alarm: null,
    },
  );
  const listed = await inspect("counting-Counter", "--limit", "1");
  assert.match(
    listed,
    /^id +name +keys +database +tables +alarm\n[0-9a-f]{64} +\/[ab] +1\n… and 1 more objects/,
  );

  const details = `id        ${a.id}
name      /a
alarm     none
keys      1
database  none

key    bytes  value
count  4      2
`;
  for (const object of [a.id, a.id.toUpperCase(), "/a"]) {
    assert.equal(await inspect("counting-Counter", object), details);
  }
  assert.deepEqual(JSON.parse(await inspect("counting-Counter", "/a", "--json")), {
    ...a,
    entries: [{ key: "count", value: "2", stored: "/w9JBA==" }],
    tables: [],
  });
});

test("export and import move everything to another data directory", async (t) => {
  const directory = await counted(t);
  const run = (...args) => steadfast(args, { cwd: directory });
  const counts = `  namespaces  1
  objects     2
  keys        2
  databases   0
  alarms      0
`;
  const exported = await run("export", "out");
  assert.equal(exported.stderr, "");
  assert.equal(
    exported.stdout.replace(/ {2}size .*\n/, ""),
    `exported from .steadfast to out\n${counts}`,
  );
  assert.deepEqual(readdirSync(join(directory, "out")), ["counting-Counter"]);

  const taken = await run("export", "out");
  assert.equal(taken.code, 1);
  assert.match(
    taken.stderr,
    /^error the target has such a namespace already, .*out\/counting-Counter\n$/,
  );
  assert.equal((await run("export", "out", "--overwrite")).code, 0);

  const imported = await run("import", "out", "--persist-to", "other");
  assert.equal(imported.stderr, "");
  assert.equal(
    imported.stdout.replace(/ {2}size .*\n/, ""),
    `imported from out into other\n${counts}`,
  );
  const again = await run("import", "out", "--persist-to", "other");
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /^error objects to import have data already, and nothing was imported/,
  );
  const over = await run("import", "out", "--persist-to", "other", "--overwrite", "--json");
  assert.equal(JSON.parse(over.stdout).objects, 2);

  const server = new Command(t, ["serve", "--persist-to", "other"], { cwd: directory });
  assert.equal(await get(`${await server.url()}/a`), "count 3");
});

test("a file that cannot be imported is named, and the command ends with code 1", async (t) => {
  const directory = await counted(t);
  await steadfast(["export", "out"], { cwd: directory });
  const namespace = join(directory, "out", "counting-Counter");
  const [first] = readdirSync(namespace).filter((name) => name !== "metadata.sqlite");
  writeFileSync(join(namespace, first), "not a database");
  writeFileSync(join(namespace, "notes.txt"), "");
  const run = (...args) =>
    steadfast(["import", "out", "--persist-to", "other", ...args], { cwd: directory });
  const imported = await run();
  assert.equal(imported.code, 1);
  assert.match(imported.stdout, /\n {2}objects {5}1\n/);
  assert.equal(
    imported.stderr,
    "note out/counting-Counter/notes.txt: workerd writes no such file, so it was left alone\n" +
      `error out/counting-Counter/${first}: it is no SQLite file; move it away\n`,
  );
  const report = JSON.parse((await run("--overwrite", "--json")).stdout);
  assert.deepEqual(
    report.problems.map(({ text }) => text),
    ["it is no SQLite file; move it away"],
  );
});

test("check finds damage and ends with code 1", async (t) => {
  const directory = await counted(t);
  const sound = await steadfast(["check"], { cwd: directory });
  assert.deepEqual(sound, {
    code: 0,
    stdout: `checked .steadfast
  objects     2
  keys        2
  databases   0 with 0 pages
  problems    0
`,
    stderr: "",
  });
  const base = join(directory, ".steadfast", "base.sqlite");
  const bytes = readFileSync(base);
  const stored = Buffer.from("count\u00ff\u000f", "latin1");
  bytes[bytes.indexOf(stored) + stored.length + 1] ^= 2;
  writeFileSync(base, bytes);
  const damaged = await steadfast(["check", directory]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /\n {2}problems {4}1\n$/);
  assert.match(
    damaged.stderr,
    /^error counting-Counter [0-9a-f]{64}: .*does not match its checksum/,
  );
  const report = JSON.parse((await steadfast(["check", directory, "--json"])).stdout);
  assert.equal(report.findings.length, 1);
});

test("data that are in use or absent are refused, and nothing is made", async (t) => {
  const directory = await counted(t);
  const server = new Command(t, ["serve"], { cwd: directory });
  await server.url();
  for (const args of [["inspect"], ["check"], ["export", "out"]]) {
    const { code, stderr } = await steadfast(args, { cwd: directory });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error the data directory is in use; .* holder_pid=\d+\n$/,
      args.join(" "),
    );
    const absent = await steadfast([...args, "--persist-to", "absent"], { cwd: directory });
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /^error cannot find the base file of the data: path=.*absent/);
  }
  assert.ok(!existsSync(join(directory, "absent")) && !existsSync(join(directory, "out")));
  mkdirSync(join(directory, "empty"));
  const { stderr } = await steadfast(["import", "empty", "--persist-to", "new"], {
    cwd: directory,
  });
  assert.match(stderr, /^error no objects of workerd were found; /);
  rmSync(join(directory, "new"), { recursive: true });
});

test("what is not there is named", async (t) => {
  const directory = await counted(t);
  const messages = [
    [["counting"], 'error no such namespace: namespace="counting" namespaces="counting-Counter"\n'],
    [
      ["counting-Counter", "/c"],
      'error nothing is stored of this object: namespace="counting-Counter" object="/c"\n',
    ],
  ];
  for (const [args, stderr] of messages) {
    const found = await steadfast(["inspect", ...args], { cwd: directory });
    assert.deepEqual(found, { code: 1, stdout: "", stderr });
  }
});

test("progress is a line on a terminal and nothing elsewhere", () => {
  assert.equal(
    barText("checking", 1, 3),
    "checking [##########....................] 33 % of 3 objects",
  );
  assert.equal(barText("checking", 0, 0), `checking [${"#".repeat(30)}] 100 % of 0 objects`);
  for (const isTTY of [true, false]) {
    let written = "";
    const bar = new ProgressBar("checking", { isTTY, write: (text) => (written += text) });
    bar.show(3, 3);
    bar.end();
    bar.show(3, 3);
    const line = `\r${barText("checking", 3, 3)}\u001b[K\r\u001b[K`;
    assert.equal(written, isTTY ? line : "");
  }
});

test("tables and sizes are easy to read", () => {
  const rows = [
    ["1", "x"],
    ["long", ""],
  ];
  assert.equal(table(["a", "b"], rows), "a     b\n1     x\nlong");
  const sizes = [0, 1023, 1024, 1536, 200 * 1024, 5 * 1024 ** 3];
  assert.deepEqual(sizes.map(bytesText), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "200 KiB",
    "5.0 GiB",
  ]);
});
