/*
spec: 8.3 databaseSize
covers: Keys and an alarm count too
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    log.note("empty", sql.databaseSize);
    storage.kv.put("key", "value");
    log.note("a key", sql.databaseSize > 4096);
    await storage.sync();
    for (let i = 0; i < 100; i++) storage.kv.put(`key ${i}`, "x".repeat(1000));
    log.note("a hundred", sql.databaseSize > 100_000);
    await storage.deleteAll();
    log.note("none", sql.databaseSize);
    return log.response();
  }
}

export default toObject("OBJ");
