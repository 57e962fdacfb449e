/**
 * Loads the CommonJS packages that commands use.
 *
 * Node parses a CommonJS file a second time, in JavaScript, to find its exports when it is imported; for esbuild
 * alone that is a tenth of the start of a command.
 */
import { createRequire } from "node:module";

interface Packages {
  dotenv: typeof import("dotenv");
  esbuild: typeof import("esbuild");
  "jsonc-parser": typeof import("jsonc-parser");
}

const require = createRequire(import.meta.url);

/** The exports of a package. */
export function loadPackage<Name extends keyof Packages>(name: Name): Packages[Name] {
  return require(name) as Packages[Name];
}
