/** The classes with storage of all Workers of a lane, each under its number. */
import { SteadfastError } from "../errors.js";
import type { ObjectInstance } from "../lane/activation.js";
import type { Lane } from "../lane/lane.js";
import { makeNamespace } from "../objects/namespace.js";
import type { DurableObjectState } from "../objects/state.js";
import { absentClass } from "./absent.js";
import type { DurableObjectBinding, Module } from "./definition.js";
import { type Exported, makeExports } from "./exports.js";
import type { Service } from "./service.js";

type ObjectClass = new (ctx: DurableObjectState, env: object) => ObjectInstance;

/** A class with storage. */
interface Namespace {
  readonly number: number;
  /** The Worker that exports the class, or that binds one of a Worker that does not run here. */
  readonly service: Service;
  readonly className: string;
  readonly sqlite: boolean;
  /** Found when the modules are loaded; without it, objects have no handlers. */
  Class: ObjectClass;
}

/** A binding of a class, and whose it is. */
interface Bound {
  readonly binding: DurableObjectBinding;
  /** Who exports it, if that Worker runs here. */
  readonly owner: Service | undefined;
  readonly namespace: Namespace;
}

export class Namespaces {
  readonly #lane: Lane;
  /** By number. */
  readonly #namespaces: Namespace[] = [];
  readonly #byKey = new Map<string, Namespace>();
  readonly #bound: readonly Bound[];

  /** Declares all classes, and makes the bindings in each `env`. */
  constructor(lane: Lane, services: readonly Service[]) {
    this.#lane = lane;
    const given = services.flatMap((binder) =>
      binder.definition.durableObjects.map((binding) => {
        const owner = binding.scriptName ?? binder.name;
        return { binder, binding, owner: services.find(({ name }) => name === owner) };
      }),
    );
    // The Worker that exports a class knows best how it is declared.
    for (const each of given) if (each.owner === each.binder) this.#declare(each);
    this.#bound = given.map((each) => {
      const { binder, binding, owner } = each;
      const own = owner === binder ? undefined : this.#of(owner, binding.className);
      const namespace = own ?? this.#declare(each);
      if (binding.binding !== undefined) {
        binder.env[binding.binding] = makeNamespace(lane, namespace.number);
      }
      return { owner, binding, namespace };
    });
  }

  /** The namespace with this number. */
  at(number: number): Namespace {
    return this.#namespaces[number] as Namespace;
  }

  /** The number of a namespace of the runtime's own, whose objects are of `Class`. */
  host(uniqueKey: string, Class: unknown, service: Service): number {
    const bound = { binder: service, owner: service };
    const binding = { className: uniqueKey, uniqueKey, sqlite: true };
    const namespace = this.#declare({ ...bound, binding });
    if (namespace.className !== uniqueKey) {
      throw new TypeError(`the key of a namespace is reserved: unique_key="${uniqueKey}"`);
    }
    namespace.Class = Class as ObjectClass;
    return namespace.number;
  }

  /** Finds the classes in the modules of their Workers. */
  findClasses(modules: ReadonlyMap<Service, Module>): void {
    for (const { owner, binding, namespace } of this.#bound) {
      if (owner === undefined) {
        namespace.Class = absentClass(binding.scriptName ?? "") as ObjectClass;
        continue;
      }
      const module = modules.get(owner) ?? {};
      // Without a binding, nothing but `ctx.exports` could lead there.
      if (binding.binding === undefined && module[binding.className] === undefined) continue;
      namespace.Class = classOf(owner, module, binding) as ObjectClass;
    }
  }

  /** What `ctx.exports` is in a Worker. */
  exportsOf(service: Service, module: Module): Record<string, unknown> {
    const exported = Object.entries(module).map(([name, value]): Exported => {
      const namespace = this.#of(service, name);
      // One of that name may be of a Worker that does not run here.
      return { name, value, namespace: namespace?.Class === value ? namespace?.number : undefined };
    });
    return makeExports(service, exported);
  }

  #of(owner: Service | undefined, className: string): Namespace | undefined {
    return this.#namespaces.find((each) => each.service === owner && each.className === className);
  }

  #declare({ binder, owner, binding }: Omit<Bound, "namespace"> & { binder: Service }): Namespace {
    const { uniqueKey, className, sqlite, historyMs } = binding;
    let namespace = this.#byKey.get(uniqueKey);
    if (namespace === undefined) {
      namespace = {
        number: this.#lane.native.addNamespace(uniqueKey, sqlite, historyMs),
        service: owner ?? binder,
        className,
        sqlite,
        Class: NoHandlers,
      };
      this.#namespaces[namespace.number] = namespace;
      this.#byKey.set(uniqueKey, namespace);
    }
    return namespace;
  }
}

/** What objects are of as long as nobody has exported their class. */
class NoHandlers {}

function classOf(owner: Service, module: Module, binding: DurableObjectBinding): object {
  const found = module[binding.className];
  if (typeof found === "function") return found;
  const exported = Object.keys(module).filter((name) => name !== "default");
  const whose = binding.scriptName === undefined ? "the worker" : `the worker "${owner.name}"`;
  throw new SteadfastError(
    "ERR_CLASS_NOT_FOUND",
    `${whose} does not export the class "${binding.className}" that the binding "${binding.binding}" names: ` +
      `it exports ${exported.length === 0 ? "no classes" : exported.join(", ")}`,
  );
}
