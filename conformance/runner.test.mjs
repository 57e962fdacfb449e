import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { firstDifference } from "./difference.mjs";
import { readExceptions } from "./exceptions.mjs";
import { parseProgram, parseWorker, readPrograms } from "./program.mjs";

const parse = (/** @type {string[]} */ ...lines) =>
  parseProgram("5-x", "5-x.mjs", `/*\n${lines.join("\n")}\n*/\n`);

test("a program's comment says how it is declared and run", () => {
  const program = parse(
    "spec: 5.1",
    "covers: something",
    "object: OBJ Obj sqlite key=mykey",
    "object: TWO Two",
    "var: TEXT two words",
    "tag: slow",
    'request: POST /a?b=c {"body": "x & y"}',
    "restart:",
    "together: GET /b & GET /c",
  );
  assert.deepEqual(program.objects, [
    { binding: "OBJ", className: "Obj", uniqueKey: "mykey", sqlite: true },
    { binding: "TWO", className: "Two", uniqueKey: "5-x-Two", sqlite: false },
  ]);
  assert.deepEqual(program.vars, { TEXT: "two words" });
  const get = (/** @type {string} */ path) => ({ method: "GET", path, headers: {} });
  assert.deepEqual(program.lives, [
    [
      {
        kind: "requests",
        requests: [{ method: "POST", path: "/a?b=c", headers: {}, body: "x & y" }],
      },
    ],
    [{ kind: "requests", requests: [get("/b"), get("/c")] }],
  ]);
});

test("a program without request lines gets one request", () => {
  const program = parse("spec: 1", "covers: x");
  assert.deepEqual(program.lives, [
    [{ kind: "requests", requests: [{ method: "GET", path: "/", headers: {} }] }],
  ]);
});

test("a program can have other Workers, flags and sockets", () => {
  const program = parse(
    "spec: 2",
    "covers: x",
    "flag: a_flag",
    "object: OBJ Obj script=other",
    "service: OTHER other",
    'service: NAMED self#Named {"a": 1}',
    'socket: a /room {"protocols": ["chat"]}',
    "send: a two words",
    "receive: a 2",
    "pause: 20",
    "close: a",
  );
  assert.deepEqual(program.compatibilityFlags, ["a_flag"]);
  assert.equal(program.objects[0].script, "other");
  assert.deepEqual(program.services, [
    { binding: "OTHER", worker: "other" },
    { binding: "NAMED", worker: "self", entrypoint: "Named", props: { a: 1 } },
  ]);
  assert.deepEqual(program.lives, [
    [
      { kind: "socket", socket: "a", rest: '/room {"protocols": ["chat"]}' },
      { kind: "send", socket: "a", rest: "two words" },
      { kind: "receive", socket: "a", rest: "2" },
      { kind: "pause", ms: 20 },
      { kind: "close", socket: "a", rest: "" },
    ],
  ]);
  assert.throws(() => parse("spec: 2", "covers: x", "service: A"), /unreadable service/);
});

test("another Worker of a program says how it is declared, not what it covers", () => {
  const other = (/** @type {string} */ line) =>
    parseWorker("other", "2-x.other.mjs", `/*\n${line}\n*/\n`, "2-x");
  assert.equal(other("object: OBJ Obj").objects[0].uniqueKey, "2-x-Obj");
  assert.throws(() => other("covers: x"), /unreadable line/);
});

test("a comment that cannot be read is refused", () => {
  assert.throws(() => parse("covers: x"), /spec and covers are required/);
  assert.throws(() => parse("spec: 1", "covers: x", "tag: wrong"), /unreadable line: "tag: wrong"/);
  assert.throws(() => parse("spec: 1", "covers: x", "request: /"), /unreadable request/);
});

test("the table of differing programs is read from its own section only", async () => {
  const folder = await mkdtemp(join(tmpdir(), "exceptions-"));
  const file = join(folder, "COMPAT.md");
  const rows = "| program | reason |\n|---|---|\n| `5-a` | because |\n| `5-b` | of `this` |\n";
  await writeFile(
    file,
    `| \`1-x\` | no |\n## Programs whose output differs\n${rows}\n## More\n| \`2-x\` | no |\n`,
  );
  assert.deepEqual(
    [...(await readExceptions(file))],
    [
      ["5-a", "because"],
      ["5-b", "of `this`"],
    ],
  );
  await rm(folder, { recursive: true });
});

test("the first difference is shown with its surroundings", () => {
  assert.equal(firstDifference("a\nb\nc", "a\nB\nc"), "line 2\n    a\n  - b\n  - c\n  + B\n  + c");
});

test("every program has a golden file, an error only where it is tagged so", async () => {
  const folder = import.meta.dirname;
  for (const program of await readPrograms(join(folder, "programs"))) {
    const golden = await readFile(join(folder, "golden", `${program.name}.txt`), "utf8");
    assert.equal(/^5\d\d [A-Z]/m.test(golden), program.tags.has("error"), program.name);
  }
});
