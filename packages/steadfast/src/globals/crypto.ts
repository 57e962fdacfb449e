/**
 * `crypto.subtle` of objects. Node computes on other threads; a Worker computes on the spot. So that no
 * event enters an object between the call and what follows it, the call is a critical section of its own.
 */
import { type Context, currentContext } from "../lane/context.js";

type Method = (...given: unknown[]) => Promise<unknown>;

/** Replaces the methods of `SubtleCrypto` in `scope`. */
export function installCrypto(scope: typeof globalThis): void {
  const prototype: Record<string, Method> = Object.getPrototypeOf(scope.crypto.subtle);
  for (const name of METHODS) {
    const compute = prototype[name];
    if (compute === undefined) continue;
    Object.defineProperty(prototype, name, {
      value: function (this: unknown, ...given: unknown[]): Promise<unknown> {
        const result = compute.apply(this, given);
        const context = currentContext();
        return context === undefined ? result : alone(context, result);
      },
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
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

/** `result`, with the object's gate closed until it is there. */
function alone<T>(context: Context, result: Promise<T>): Promise<T> {
  const { activation, depth } = context;
  const { lane } = activation;
  return new Promise<T>((resolve, reject) => {
    const begin = (section: number): void => {
      const end = (settle: () => void): void => {
        lane.resume({ activation, section, depth }, () => {
          lane.native.endSection(activation.number, section);
          settle();
        });
      };
      result.then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error)),
      );
    };
    try {
      lane.section(context, begin);
    } catch {
      // Nested too deeply to have a section of its own: the one around it holds the gate.
      result.then(resolve, reject);
    }
  });
}
