/*
spec: 7.1 transaction
covers: Members of txn: get list put delete deleteAll rollback and alarms; their arguments
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    await storage.put({ a: 1, b: 2, c: 3 });
    await storage.transaction(async (txn) => {
      log.note(
        "members",
        [
          "get",
          "list",
          "put",
          "delete",
          "deleteAll",
          "rollback",
          "getAlarm",
          "setAlarm",
          "deleteAlarm",
          "sync",
          "transaction",
          "transactionSync",
          "sql",
          "kv",
          "getCurrentBookmark",
        ].map((name) => `${name} ${typeof txn[name]}`),
      );
      log.note("own", Object.keys(txn), Object.hasOwn(txn, "get"));
      log.note(
        "get",
        await txn.get("a"),
        await txn.get("absent"),
        await txn.get(["c", "a", "absent"]),
      );
      log.note(
        "list",
        await txn.list(),
        await txn.list({ reverse: true, limit: 2 }),
        await txn.list({ start: "b", end: "c" }),
        await txn.list({ prefix: "z" }),
      );
      log.note(
        "put",
        await txn.put("d", 4),
        await txn.put({ e: 5, f: undefined, g: 7 }),
        await txn.get(["d", "e", "f", "g"]),
      );
      log.note(
        "delete",
        await txn.delete("d"),
        await txn.delete("d"),
        await txn.delete(["a", "e", "absent"]),
      );
      log.note("list", await txn.list());
      log.note(
        "alarm",
        await txn.getAlarm(),
        await txn.setAlarm(Date.now() + 3_600_000),
        (await txn.getAlarm()) > Date.now(),
        await txn.deleteAlarm(),
        await txn.getAlarm(),
      );
      await log.try("get()", () => txn.get());
      await log.try("put()", () => txn.put());
      await log.try("put(k)", () => txn.put("k"));
      await log.try("put(object, value)", () => txn.put({ a: 1 }, 2));
      await log.try("put of a function", () => txn.put("k", () => 1));
      await log.try("list limit 0", () => txn.list({ limit: 0 }));
      await log.try("list start and startAfter", () => txn.list({ start: "a", startAfter: "a" }));
      await log.try("setAlarm(0)", () => txn.setAlarm(0));
      await log.try("deleteAll", () => txn.deleteAll());
      await log.try("without this", () => (0, txn.get)("a"));
      await log.try("options", () => txn.put("o", 1, { allowUnconfirmed: true, noCache: true }));
      await log.try("get with options", () =>
        txn.get("o", { allowConcurrency: true, noCache: true }),
      );
    });
    log.note("left", await storage.list());
  }
}

export default asking("OBJ", ["run"]);
