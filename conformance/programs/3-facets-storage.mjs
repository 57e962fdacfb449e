/*
spec: 3.5 facets
covers: A facet has its own database, apart from the parent's and from other facets'; all survive a restart
object: OBJ Obj sqlite
request: GET /write
request: GET /read
restart:
request: GET /read
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  async write(value) {
    const { storage } = this.ctx;
    await storage.put("key", value);
    storage.kv.put("sync", value);
    storage.sql.exec("CREATE TABLE t (v)");
    storage.sql.exec("INSERT INTO t VALUES (?)", value);
  }
  async read() {
    const { storage } = this.ctx;
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 't'").toArray();
    const rows = tables.length === 0 ? [] : storage.sql.exec("SELECT v FROM t").toArray();
    return [[...(await storage.list())], rows.map(({ v }) => v)];
  }
}

export class Obj extends Child {
  facet(name) {
    return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
  }
  async fetch(request) {
    const log = new Journal();
    if (request.url.endsWith("/write")) {
      await this.facet("one").write("of one");
      await this.facet("two").write("of two");
      await this.write("of the parent");
    }
    log.note("parent", await this.read());
    for (const name of ["one", "two", "three"]) log.note(name, await this.facet(name).read());
    return log.response();
  }
}

export default {
  fetch(request, { OBJ }) {
    return OBJ.getByName("a").fetch(request);
  },
};
