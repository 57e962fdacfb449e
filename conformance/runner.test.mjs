import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { firstDifference } from "./difference.mjs";
import { readExceptions } from "./exceptions.mjs";
import { parseProgram, readPrograms } from "./program.mjs";

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
    [[{ method: "POST", path: "/a?b=c", headers: {}, body: "x & y" }]],
    [[get("/b"), get("/c")]],
  ]);
});

test("a program without request lines gets one request", () => {
  const program = parse("spec: 1", "covers: x");
  assert.deepEqual(program.lives, [[[{ method: "GET", path: "/", headers: {} }]]]);
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
