/**
 * Runs one small program with the platform's classes and with ours and compares what comes out.
 *
 * Errors compare by name alone: ours have workerd's texts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Headers } from "../dist/web/headers.js";
import { Request } from "../dist/web/request.js";
import { Response } from "../dist/web/response.js";

const platform = {
  Headers: globalThis.Headers,
  Request: globalThis.Request,
  Response: globalThis.Response,
};
const ours = { Headers, Request, Response };

async function outcome(program, classes) {
  try {
    return { value: await program(classes) };
  } catch (error) {
    return { error: error.name };
  }
}

/** One test per entry of `programs`: name → function of the three classes. */
export function same(programs) {
  for (const [name, program] of Object.entries(programs)) {
    test(name, async () => {
      const expected = await outcome(program, platform);
      assert.deepEqual(await outcome(program, ours), expected);
    });
  }
}

/** Everything a program can see of a request or a response without reading its body. */
export function seen(message) {
  const keys = [
    "method url destination referrer referrerPolicy mode credentials cache redirect integrity keepalive duplex",
    "type redirected status ok statusText bodyUsed",
  ];
  const shown = keys
    .join(" ")
    .split(" ")
    .map((key) => [key, message[key]]);
  return {
    ...Object.fromEntries(shown),
    headers: [...message.headers],
    body: message.body !== null,
  };
}
