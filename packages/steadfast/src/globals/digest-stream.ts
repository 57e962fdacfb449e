/** `crypto.DigestStream`: a hash of what is written to it. */

import type { Hash } from "node:crypto";
import { tag } from "../objects/arguments.js";
import { nodeCrypto } from "./node-crypto.js";

/** A stream that keeps nothing of what is written but its digest. */
export class DigestStream extends WritableStream<unknown> {
  readonly #digest: Promise<ArrayBuffer>;
  readonly #count: { bytes: number };

  /** `algorithm` is a name that `crypto.subtle.digest` knows, or `MD5`. */
  constructor(algorithm: string | { readonly name: string }) {
    const hash = hashOf(algorithm);
    const count = { bytes: 0 };
    let settle: { resolve: (digest: ArrayBuffer) => void; reject: (reason: unknown) => void };
    const digest = new Promise<ArrayBuffer>((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Whoever does not ask for the digest need not hear that there is none.
    digest.catch(() => undefined);
    super({
      write: (chunk) => {
        const bytes = bytesOf(chunk);
        hash.update(bytes);
        count.bytes += bytes.byteLength;
      },
      close: () => settle.resolve(copyOf(hash.digest())),
      abort: (reason) => settle.reject(reason),
    });
    this.#digest = digest;
    this.#count = count;
  }

  /** Resolves when the stream is closed. */
  get digest(): Promise<ArrayBuffer> {
    return this.#digest;
  }

  /** How many bytes the digest is of so far. */
  get bytesWritten(): bigint {
    return BigInt(this.#count.bytes);
  }
}

tag(DigestStream, "DigestStream");

const ALGORITHMS: Record<string, string> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

function hashOf(algorithm: unknown): Hash {
  const name =
    typeof algorithm === "object" && algorithm !== null
      ? (algorithm as { name?: unknown }).name
      : algorithm;
  const known = ALGORITHMS[String(name).toUpperCase()];
  if (known !== undefined) return nodeCrypto().createHash(known);
  throw new DOMException(
    "Unrecognized or unimplemented digest algorithm requested.",
    "NotSupportedError",
  );
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return new TextEncoder().encode(chunk);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  const got = "received an object of non-ArrayBuffer/ArrayBufferView/string type";
  throw new TypeError(`DigestStream is a byte stream but ${got} on its writable side.`);
}
