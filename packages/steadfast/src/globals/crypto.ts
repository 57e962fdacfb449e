/**
 * `crypto.subtle` of objects. Node computes on other threads; a Worker computes on the spot. So that no
 * event enters an object between the call and what follows it, the call is a critical section of its own.
 */

import { alone } from "../lane/alone.js";
import { wrongArgument } from "../objects/arguments.js";
import { DigestStream } from "./digest-stream.js";
import { nodeCrypto } from "./node-crypto.js";

type Method = (...given: unknown[]) => Promise<unknown>;

/** Replaces the methods of `SubtleCrypto` in `scope`, and adds what a Worker's has beyond the standard. */
export function installCrypto(scope: typeof globalThis): void {
  const prototype: Record<string, Method> = Object.getPrototypeOf(scope.crypto.subtle);
  define(prototype, "timingSafeEqual", equal);
  define(Object.getPrototypeOf(scope.crypto), "DigestStream", DigestStream);
  for (const name of METHODS) {
    const compute = prototype[name];
    if (compute === undefined) continue;
    define(prototype, name, function (this: unknown, ...given: unknown[]): Promise<unknown> {
      return alone(compute.apply(this, given));
    });
  }
}

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** `crypto.subtle.timingSafeEqual`: how long it takes tells nothing of where they differ. */
function equal(...given: unknown[]): boolean {
  const [a, b] = [0, 1].map((at) => {
    const value = given[at];
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value;
    throw wrongArgument("timingSafeEqual", "SubtleCrypto", at + 1, "JsBufferSource");
  }) as [ArrayBuffer, ArrayBuffer];
  if (a.byteLength !== b.byteLength) {
    throw new TypeError("Input buffers must have the same byte length.");
  }
  return nodeCrypto().timingSafeEqual(bytesOf(a), bytesOf(b));
}

function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

const METHODS = [
  "decrypt",
  "deriveBits",
  "deriveKey",
  "digest",
  "encrypt",
  "exportKey",
  "generateKey",
  "importKey",
  "sign",
  "unwrapKey",
  "verify",
  "wrapKey",
] as const;
