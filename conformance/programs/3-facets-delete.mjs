/*
spec: 3.5 facets
covers: delete stops a facet and removes its storage and its children's; then get starts empty; unknown names are fine
object: OBJ Obj sqlite
request: GET /run
restart:
request: GET /totals
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  child(name) {
    return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
  }
  async add() {
    const total = ((await this.ctx.storage.get("total")) ?? 0) + 1;
    await this.ctx.storage.put("total", total);
    return total;
  }
  addInChild(name) {
    return this.child(name).add();
  }
}

export class Obj extends Child {
  async fetch(request) {
    const log = new Journal();
    if (request.url.endsWith("/run")) {
      const { facets } = this.ctx;
      const one = this.child("one");
      log.note("one", await one.add(), await one.add(), await one.addInChild("inner"));
      log.note("two", await this.child("two").add());
      log.attempt("delete", () => facets.delete("one"));
      await log.try("old stub", () => one.add());
      await log.try("unknown", () => facets.delete("nothing"));
      log.note(
        "one anew",
        await this.child("one").add(),
        await this.child("one").addInChild("inner"),
      );
      log.note("two", await this.child("two").add());
      log.attempt("delete again", () => facets.delete("two"));
      await log.try("deleted while not running", () => facets.delete("two"));
    }
    log.note(
      "totals",
      await this.child("one").add(),
      await this.child("one").addInChild("inner"),
      await this.child("two").add(),
    );
    return log.response();
  }
}

export default {
  fetch(request, { OBJ }) {
    return OBJ.getByName("a").fetch(request);
  },
};
