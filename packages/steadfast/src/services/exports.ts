/**
 * `ctx.exports`: what a Worker exports, as others would be bound to it.
 *
 * A class with storage is its namespace, another class of objects a reference, everything else a service.
 * Each can be called with `{ props }`: a service gives its entry point these, a class those of its objects.
 */
import { illegalConstructor, isOptions, tag, wrongArgument } from "../objects/arguments.js";
import { makeClassReference, nameClass, type ReferencedClass } from "../objects/class-reference.js";
import { type DurableObjectNamespace, makeNamespace } from "../objects/namespace.js";
import { decode, encode } from "../objects/values.js";
import { Fetcher, MAKER, makeCallableFetcher } from "../rpc/fetcher.js";
import { isEntrypoint, isEntrypointClass } from "./entrypoint.js";
import type { Service } from "./service.js";
import { ServiceTarget } from "./target.js";

/** An export of a module, with the number of its namespace if it has one. */
export interface Exported {
  readonly name: string;
  readonly value: unknown;
  readonly namespace: number | undefined;
}

/** Handlers first, then entry points written as classes, then classes of objects, each by name. */
export function makeExports(
  service: Service,
  exported: readonly Exported[],
): Record<string, unknown> {
  const sorted = [...exported].sort(
    (a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
  const result: Record<string, unknown> = {};
  for (const each of sorted) {
    const { name, value, namespace } = each;
    if (isEntrypoint(name, value)) result[name] = loopbackService(service, name);
    else if (typeof value === "function") {
      const referenced = { Class: value as ReferencedClass["Class"], env: service.env, props: {} };
      const { shownExports: exports } = service;
      const complete = exports === undefined ? referenced : { ...referenced, exports };
      result[name] =
        namespace === undefined
          ? loopbackClass(complete)
          : loopbackNamespace(makeNamespace(service.lane, namespace), complete);
    }
  }
  return result;
}

function rank({ value }: Exported): number {
  if (typeof value !== "function") return 0;
  return isEntrypointClass(value) ? 1 : 2;
}

/** A service of the Worker itself. */
export class LoopbackServiceStub extends Fetcher {}
tag(LoopbackServiceStub, "LoopbackServiceStub");

/** A class of objects of the Worker itself, without storage. */
export class LoopbackDurableObjectClass {
  constructor() {
    throw illegalConstructor();
  }
}
tag(LoopbackDurableObjectClass, "LoopbackDurableObjectClass");

/** A class of objects of the Worker itself, with storage. */
export class LoopbackDurableObjectNamespace {
  constructor() {
    throw illegalConstructor();
  }
}
tag(LoopbackDurableObjectNamespace, "LoopbackDurableObjectNamespace");

function loopbackService(service: Service, entrypoint: string): unknown {
  const bound = (options: unknown): Fetcher => {
    const props = propsOf("LoopbackServiceStub", options);
    return new Fetcher(new ServiceTarget({ service, entrypoint, props }), MAKER);
  };
  const target = new ServiceTarget({ service, entrypoint, props: noProps });
  return makeCallableFetcher(bound, target, LoopbackServiceStub.prototype);
}

function loopbackClass(referenced: ReferencedClass): object {
  const bound = (options: unknown): object => {
    const props = propsOf("LoopbackDurableObjectClass", options)();
    return makeClassReference({ ...referenced, props });
  };
  for (const name of ["name", "length"]) Reflect.deleteProperty(bound, name);
  Object.setPrototypeOf(bound, LoopbackDurableObjectClass.prototype);
  return nameClass(bound, referenced);
}

function loopbackNamespace(namespace: DurableObjectNamespace, referenced: ReferencedClass): object {
  const bound = (options: unknown): object => {
    const props = propsOf("LoopbackDurableObjectNamespace", options)();
    return makeClassReference({ ...referenced, props });
  };
  for (const name of ["name", "length"]) Reflect.deleteProperty(bound, name);
  const prototype = LoopbackDurableObjectNamespace.prototype;
  Object.setPrototypeOf(bound, prototype);
  const proxy = new Proxy(bound, {
    // Methods of a namespace know it by more than its prototype.
    get(target, key, receiver) {
      if (!(key in namespace) || key in prototype) return Reflect.get(target, key, receiver);
      const method: unknown = Reflect.get(namespace, key);
      return typeof method === "function" ? method.bind(namespace) : method;
    },
    has: (target, key) => key in target || key in namespace,
  });
  return nameClass(proxy, referenced);
}

/** Makes `{}`, the props of what is bound without any. */
export const noProps = (): unknown => ({});

/** The props of a call of an export: copied now, and again for each event. */
function propsOf(className: string, options: unknown): () => unknown {
  if (!isOptions(options) || options === undefined || options === null) {
    throw wrongArgument("(called as function)", className, 1, "Options");
  }
  const { props } = options as { props?: unknown };
  if (props === undefined) return noProps;
  if (typeof props !== "object" || props === null) {
    throw new TypeError(
      "Incorrect type for the 'props' field on 'Options': the provided value is not of type 'Object'.",
    );
  }
  return copies(props);
}

/** Makes copies of what `props` is now. */
export function copies(props: object): () => unknown {
  const stored = encode(props);
  return () => decode(stored);
}
