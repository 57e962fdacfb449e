/*
spec: 4.3, 4.4
covers: sync after confirmed and unconfirmed writes, several at once, none pending; what an abort right after keeps
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  async write(kind) {
    const { storage } = this.ctx;
    if (kind === "unconfirmed") storage.put(kind, 1, { allowUnconfirmed: true });
    if (kind === "unconfirmed, synced") {
      storage.put(kind, 1, { allowUnconfirmed: true });
      await storage.sync();
    }
    if (kind === "sql, synced") {
      storage.sql.exec("CREATE TABLE IF NOT EXISTS t (a)");
      storage.sql.exec("INSERT INTO t VALUES (1)");
      await storage.sync();
      storage.sql.exec("INSERT INTO t VALUES (2)");
    }
    if (kind === "synced twice") {
      storage.put(kind, 1);
      await Promise.all([storage.sync(), storage.sync()]);
      storage.put(kind, 2);
      await storage.sync();
      storage.put(kind, 3);
    }
    if (kind === "transaction") {
      await storage.transaction((txn) => txn.put(kind, 1));
      await storage.sync();
      await storage.transaction((txn) => txn.put(kind, 2));
    }
    this.ctx.abort(kind);
  }
  async state() {
    const { sql } = this.ctx.storage;
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 't'").toArray();
    const rows = tables.length
      ? sql
          .exec("SELECT a FROM t")
          .toArray()
          .map(({ a }) => a)
      : [];
    return [await this.ctx.storage.list(), rows, await this.ctx.storage.sync()];
  }
}

export default noting(async (log, { OBJ }) => {
  for (const kind of [
    "unconfirmed",
    "unconfirmed, synced",
    "sql, synced",
    "synced twice",
    "transaction",
  ]) {
    await log.try(kind, () => OBJ.getByName("a").write(kind));
    log.note("state", ...(await OBJ.getByName("a").state()));
  }
});
