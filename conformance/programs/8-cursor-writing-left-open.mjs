/*
spec: 8.3 cursor, 7.4
covers: A writing statement whose rows were not all read when the turn ends: the turn cannot be committed, the object is reset
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    const { sql } = storage;
    this.requests = (this.requests ?? 0) + 1;
    switch (new URL(request.url).pathname) {
      case "/start":
        sql.exec("create table t (a)");
        return new Response("started");
      case "/left-open":
        storage.kv.put("with", "it");
        sql.exec("insert into t values (1), (2) returning a");
        break;
      case "/read-half":
        sql.exec("insert into t values (3), (4) returning a").next();
        break;
      case "/read-whole":
        sql.exec("insert into t values (5), (6) returning a").toArray();
        break;
      case "/reading":
        sql.exec("insert into t values (9)");
        this.cursor = sql.exec("select a from t");
        break;
    }
    return new Response(`requests ${this.requests}`);
  }
}

export default {
  async fetch(_request, { OBJ }) {
    const log = new Journal();
    const ask = async (path) => {
      try {
        log.note(path, await (await OBJ.getByName("a").fetch(`http://x/${path}`)).text());
      } catch (error) {
        log.note(`${path} fails`, error.constructor.name);
      }
    };
    for (const path of [
      "start",
      "left-open",
      "look",
      "read-half",
      "look",
      "read-whole",
      "reading",
      "look",
    ])
      await ask(path);
    return log.response();
  },
};
