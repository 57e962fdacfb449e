/**
 * The bindings of a worker that are not the user's own objects. What they keep is in objects of the
 * runtime's own, in namespaces whose keys no class of a worker can have.
 */
import { makeNamespace } from "../objects/namespace.js";
import type { Namespaces } from "../services/namespaces.js";
import type { Service } from "../services/service.js";
import { AssetFetcher, Assets, type AssetsBinding } from "./assets.js";
import { type CacheMethods, CacheObject } from "./cache-object.js";
import { serveCaches } from "./caches.js";
import { makeKvNamespace } from "./kv-namespace.js";
import { type KvMethods, KvObject } from "./kv-object.js";

/** A KV namespace that a worker is given. */
export interface KvBinding {
  readonly binding: string;
  /** Bindings with one id, of whichever worker, share their values. */
  readonly id: string;
}

/** What a worker is given beside its objects and variables. */
export interface PlatformBindings {
  readonly kvNamespaces?: readonly KvBinding[];
  readonly assets?: AssetsBinding;
}

/** Key of the namespace with an object for each KV namespace. */
const KV_KEY = "@kv";
/** Key of the namespace with an object for each cache. */
const CACHES_KEY = "@caches";

/** KV namespaces as they are given to an app; a name alone is its own id. */
export function kvBindings(
  given: readonly string[] | Readonly<Record<string, string>>,
): KvBinding[] {
  const named = Array.isArray(given)
    ? given.map((binding: string) => [binding, binding] as const)
    : Object.entries(given as Readonly<Record<string, string>>);
  return named.map(([binding, id]) => ({ binding, id }));
}

/** Makes what the bindings of a Worker ask for. */
export function bindPlatform(service: Service, namespaces: Namespaces): void {
  const { env, lane, definition, compatibility } = service;
  const { kvNamespaces = [], assets: files } = definition;
  // There from the start, because every lane has to number its namespaces alike.
  const caches = makeNamespace(lane, namespaces.host(CACHES_KEY, CacheObject, service));
  serveCaches(service, (name) => caches.getByName(name) as unknown as CacheMethods);
  if (kvNamespaces.length > 0) {
    const objects = makeNamespace(lane, namespaces.host(KV_KEY, KvObject, service));
    for (const { binding, id } of kvNamespaces) {
      // A stub of its own for each call: one is of no more use after its object was reset.
      env[binding] = makeKvNamespace(() => objects.getByName(id) as unknown as KvMethods);
    }
  }
  if (files === undefined) return;
  const assets = new Assets(files, compatibility.navigationsPreferAssets);
  service.assets = assets;
  if (files.binding !== undefined) env[files.binding] = new AssetFetcher(assets);
}
