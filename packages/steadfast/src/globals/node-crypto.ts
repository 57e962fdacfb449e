import { createRequire } from "node:module";

/** Node's `crypto`, loaded when it is first needed: that takes some milliseconds of a start. */
export function nodeCrypto(): typeof import("node:crypto") {
  return createRequire(import.meta.url)("node:crypto") as typeof import("node:crypto");
}
