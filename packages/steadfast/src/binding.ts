/**
 * The one place that loads the native addon and says what it offers. No policy here.
 *
 * Contexts cross as two numbers: an activation (0 for the entry worker and code outside every
 * object) and a critical section (0 for none). Tokens and calls are numbers that are never reused.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A step of the lane; the first element says which. See {@link StepKind}. */
export type Step = readonly [kind: number, ...fields: unknown[]];

/** The first element of a {@link Step}, with the fields that follow. */
export const StepKind = {
  /** request number, method, URL, flat header list, body (bytes, `true` for a stream, or `null`) */
  Http: 0,
  /** activation, namespace, id bytes, name or `undefined` */
  Construct: 1,
  /** activation, call */
  Deliver: 2,
  /** call */
  Reply: 3,
  /** call, error class, message, overloaded */
  ReplyError: 4,
  /** activation, section */
  Section: 5,
  /** token, message of the failure or `undefined` */
  Resume: 6,
  /** activation, and for a reset: class, message, overloaded */
  End: 7,
  /** token, chunk (`null` at the end), message of a failure or `undefined` */
  Body: 8,
  /** The server asks the lane to let go of its objects. */
  Detach: 9,
} as const;

/** Why a call was not made: class, message, whether the object was reset, whether to back off. */
export type Refusal = readonly [
  errorClass: string,
  message: string,
  reset: boolean,
  overloaded: boolean,
];

/** A stored value: a primitive the addon decoded itself, or the serialized bytes. */
export type Stored = number | boolean | null | Uint8Array | undefined;

/** Bounds of a `list()`; `undefined` for none. */
export interface NativeList {
  start: string | undefined;
  startAfter: string | undefined;
  end: string | undefined;
  prefix: string | undefined;
  reverse: boolean;
  limit: number | undefined;
}

export interface NativeLane {
  addNamespace(uniqueKey: string): number;
  idFromName(namespace: number, name: string): Uint8Array;
  uniqueId(namespace: number): Uint8Array;
  idFromString(namespace: number, text: string): Uint8Array;

  receive(): void;
  /** Ends the turn and begins the next; `undefined` when there is nothing to do. */
  advance(): Step | undefined;

  call(
    activation: number,
    section: number,
    depth: number,
    namespace: number,
    id: Uint8Array,
    name: string | undefined,
    firstCall: number,
  ): number | Refusal;
  reply(call: number): void;
  constructed(activation: number): void;
  openSection(activation: number, parent: number): number;
  endSection(activation: number, section: number): void;
  reset(activation: number, errorClass: string, message: string, overloaded: boolean): void;
  evict(activation: number): boolean;
  beginActivity(activation: number): void;
  endActivity(activation: number): void;
  outputWait(activation: number, section: number, token: number): boolean;
  syncWait(activation: number, section: number, token: number): boolean;
  resume(activation: number, section: number, token: number): void;
  cross(from: number, to: number, toSection: number, token: number): void;

  kvGet(activation: number, key: string): Stored;
  kvGetMany(activation: number, keys: string[]): [string, Stored][];
  kvPut(activation: number, key: string, value: Stored, allowUnconfirmed: boolean): void;
  kvPutMany(activation: number, pairs: [string, Stored][], allowUnconfirmed: boolean): void;
  kvDelete(activation: number, key: string, allowUnconfirmed: boolean): boolean;
  kvDeleteMany(activation: number, keys: string[], allowUnconfirmed: boolean): number;
  kvList(activation: number, list: NativeList): [string, Stored][];
  kvDeleteAll(activation: number): void;

  respond(
    request: number,
    status: number,
    headers: string[],
    body: string | Uint8Array | null,
  ): void;
  respondStream(request: number, status: number, headers: string[]): void;
  /** Whether there is room for more; if not, `token` is resumed when there is. */
  writeChunk(request: number, chunk: Uint8Array, token: number): boolean;
  endStream(request: number): void;
  abortStream(request: number, message: string): void;
  /** Asks for the next chunk of a request's body; it comes as a Body step with `token`. */
  readBody(request: number, token: number): void;
  cancelBody(request: number): void;
  /** Resets every object, answers what is open, and leaves the server. */
  detach(): void;
}

export interface NativeServer {
  readonly token: number;
  listen(host: string, port: number): number;
  onAccess(log: (method: string, path: string, status: number, durationMs: number) => void): void;
  onFailure(report: (message: string) => void): void;
  pause(drainMs: number, done: () => void): void;
  stop(drainMs: number, done: (failure: string | null) => void): void;
}

export interface Binding {
  NativeLane: new (token: number, wake: () => void) => NativeLane;
  /** `directory` is `null` for memory. */
  openServer(directory: string | null, idleEvictionMs: number | null): NativeServer;
}

/** Loads the addon: the one `STEADFAST_ADDON` names, the one built in a checkout, or the platform's package. */
function load(): Binding {
  const require = createRequire(import.meta.url);
  const named = process.env.STEADFAST_ADDON;
  if (named !== undefined && named !== "") return require(resolve(named)) as Binding;
  const local = fileURLToPath(new URL("../steadfast.node", import.meta.url));
  if (existsSync(local)) return require(local) as Binding;
  const platform = `@steadfast/${process.platform}-${process.arch}`;
  try {
    return require(platform) as Binding;
  } catch (cause) {
    throw new Error(
      `the native part of steadfast for ${process.platform}-${process.arch} is missing: ` +
        `install ${platform}, or in a checkout of the repository run "npm start" once to build it`,
      { cause },
    );
  }
}

export const binding: Binding = load();
