// Runs a program on this package and on the one it stands in for, and expects the same of both.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { inspect } from "node:util";

const require = createRequire(import.meta.url);

export const ours = require("@steadfast/miniflare-durable-objects");
export const theirs = require("@miniflare/durable-objects");
export const core = require("@miniflare/core");
export const shared = require("@miniflare/shared");

/** What `program` logs with each package, which must be equal; returned for assertions of its own. */
export async function sameLog(program) {
  const logs = [];
  for (const mf of [ours, theirs]) {
    const lines = [];
    const log = (...values) => lines.push(values.map(lineOf).join(" "));
    await program(mf, log);
    logs.push(lines);
  }
  assert.ok(logs[1].length > 0, "the program logs nothing");
  assert.deepEqual(logs[0], logs[1]);
  return logs[0];
}

/** The error that `action` throws or rejects with, and which of both it did. */
export async function failureOf(action) {
  let pending;
  try {
    pending = action();
  } catch (error) {
    return `throws ${nameOf(error)}`;
  }
  try {
    return `returns ${lineOf(await pending)}`;
  } catch (error) {
    return `rejects ${nameOf(error)}`;
  }
}

/** A plugin's context as Miniflare makes it. */
export function contextOf(overrides = {}) {
  return {
    log: new shared.NoOpLog(),
    compat: new shared.Compatibility(),
    rootPath: process.cwd(),
    sharedCache: new Map(),
    ...overrides,
  };
}

function lineOf(value) {
  return typeof value === "string" ? value : inspect(value, { depth: 5 });
}

function nameOf(error) {
  return `${error.name}: ${error.message}`;
}
