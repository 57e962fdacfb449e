// Exports, error classes, and what inspection shows.
import { inspect } from "node:util";

const look = (value) => inspect(value, { showHidden: false, depth: 1 }).replace(/\s+/g, " ");

/** Own and inherited names a program can see with `for in` and `Object.keys`. */
function visible(value) {
  const inherited = [];
  for (const name in value) inherited.push(name);
  return { keys: Object.keys(value), forIn: inherited };
}

/** Private to their class in its types, or a property of the original and an accessor of ours. */
const OWN_AFFAIRS = new Set(["readLock", "writeLock", "unlock", "alarm"]);

/** The methods and accessors of a class, with the number of parameters. */
function members(Class) {
  return Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))
    .filter(([name]) => !OWN_AFFAIRS.has(name))
    .map(([name, { value, get }]) => (get ? `get ${name}` : `${name}/${value?.length}`))
    .sort();
}

export default {
  async exports(t) {
    const kind = (value) => (typeof value === "function" ? `class ${value.name}` : String(value));
    const names = Object.keys(t.mf).sort();
    t.log(names.map((name) => `${name}: ${kind(t.mf[name])}`));
    t.log(Object.getPrototypeOf(t.mf) === Object.prototype, t.mf.__esModule);
  },
  async classes(t) {
    for (const name of Object.keys(t.mf).sort()) {
      const value = t.mf[name];
      if (typeof value !== "function") continue;
      t.log(name, value.length, Object.getPrototypeOf(value).name, members(value));
    }
  },
  async "error-class"(t) {
    const { DurableObjectError } = t.mf;
    const cause = new Error("cause");
    const error = new DurableObjectError("ERR_NO_HANDLER", "message", cause);
    t.log(error, error.name, error.code, error.cause === cause, String(error));
    t.log(
      error instanceof t.shared.MiniflareError,
      error instanceof Error,
      error instanceof DurableObjectError,
    );
    t.log(Object.keys(error), error.stack.split("\n")[0]);
    t.log(new DurableObjectError("ERR_X"));
  },
  async "error-subclass"(t) {
    class Mine extends t.mf.DurableObjectError {}
    const error = new Mine("ERR_NO_HANDLER", "message");
    t.log(error, error instanceof Mine, error.name);
  },
  async "inspect-ids"(t) {
    const namespace = new t.mf.DurableObjectNamespace("TEST", async () => undefined);
    const id = namespace.idFromName("name");
    t.log(look(id));
    t.log(visible(id), look(namespace.idFromString(id.toString())));
    t.log(Object.getOwnPropertyNames(id), Object.getOwnPropertySymbols(id).map(String));
  },
  async "inspect-namespace-and-stub"(t) {
    const namespace = new t.mf.DurableObjectNamespace("TEST", async () => undefined);
    const stub = namespace.get(namespace.idFromName("name"));
    t.log(look(namespace), visible(namespace));
    t.log(look(stub), visible(stub));
    t.log(Object.getOwnPropertyNames(stub), Object.getOwnPropertyNames(namespace));
  },
  async "inspect-state"(t) {
    const state = t.state(t.storage());
    t.log(visible(state), Object.getOwnPropertyNames(state));
    t.log(Object.getOwnPropertySymbols(state).map(String));
  },
  async "inspect-storage"(t) {
    const storage = t.storage();
    t.log(look(storage), visible(storage));
    t.log(Object.getOwnPropertySymbols(storage).map(String), storage[t.mf.kAlarmExists]);
  },
  async "inspect-transaction"(t) {
    const storage = t.storage();
    await storage.transaction(async (txn) => {
      t.log(visible(txn), Object.getOwnPropertyNames(txn));
      t.log(txn[t.mf.kAlarmExists]);
    });
  },
  async symbols(t) {
    t.log(String(t.mf._kRunWithGates), String(t.mf.kAlarmExists), t.mf.ALARM_KEY);
    t.log(t.mf._kRunWithGates in t.mf.DurableObjectState.prototype);
  },
  async "classes-need-new"(t) {
    for (const name of Object.keys(t.mf).sort()) {
      if (typeof t.mf[name] === "function") await t.call(name, () => t.mf[name]());
    }
  },
  async "foreign-receivers"(t) {
    const call = (Class, method, ...args) => {
      try {
        const result = Class.prototype[method].apply({}, args);
        if (result instanceof Promise) return result.catch((error) => error.constructor.name);
        return typeof result;
      } catch (error) {
        return error.constructor.name;
      }
    };
    const { DurableObjectStorage, DurableObjectNamespace, DurableObjectId } = t.mf;
    t.log(await call(DurableObjectStorage, "get", "a"));
    t.log(await call(DurableObjectNamespace, "newUniqueId"));
    t.log(await call(DurableObjectId, "toString"));
  },
};
