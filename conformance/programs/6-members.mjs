/*
spec: 6 synchronous KV
covers: Members of ctx.storage.kv, illegal uses, names of what it returns
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  run(log) {
    const { storage } = this.ctx;
    const { kv } = storage;
    log.note("names", kv.constructor.name, Object.prototype.toString.call(kv), typeof kv);
    log.note("same", storage.kv === kv, Object.hasOwn(storage, "kv"), "kv" in storage);
    log.note(
      "members",
      ["get", "put", "delete", "list", "deleteAll", "getAlarm", "sync"].map(
        (name) => `${name} ${typeof kv[name]} ${Object.hasOwn(kv, name)}`,
      ),
    );
    const list = kv.list();
    log.note(
      "iterator",
      Object.prototype.toString.call(list),
      typeof list.next,
      list[Symbol.iterator]() === list,
    );
    log.note(
      "of it",
      ["return", "throw"].map((name) => typeof list[name]),
    );
    log.attempt("get without this", () => (0, kv.get)("a"));
    log.attempt("put of another", () => kv.put.call({}, "a", 1));
    log.attempt("next without this", () => (0, list.next)());
    log.attempt("new", () => new kv.constructor());
    log.attempt("JSON", () => JSON.stringify(kv));
    log.note("step", kv.list().next(), Object.keys(kv.list().next()));
    kv.put("a", 1);
    log.note("entry", kv.list().next(), Array.isArray(kv.list().next().value));
  }
}

export default asking("OBJ", ["run"]);
