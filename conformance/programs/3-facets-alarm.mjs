/*
spec: 3.5 facets
covers: A facet cannot set alarms; the facet is broken afterwards; the parent's alarm works
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  async set() {
    await this.ctx.storage.setAlarm(Date.now() + 100_000);
    return "set";
  }
  get() {
    return this.ctx.storage.getAlarm();
  }
  delete() {
    return this.ctx.storage.deleteAlarm();
  }
  ping() {
    return "pong";
  }
  alarm() {}
}

export class Obj extends DurableObject {
  alarm() {}
  async run() {
    const log = new Journal();
    const get = (name) => this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
    const one = get("one");
    await log.try("getAlarm", () => one.get());
    await log.try("setAlarm", () => one.set());
    await log.try("later call", () => one.ping());
    await log.try("new stub", () => get("one").ping());
    await log.try("parent", () => this.ctx.storage.setAlarm(Date.now() + 100_000));
    await log.try("parent's alarm", async () => typeof (await this.ctx.storage.getAlarm()));
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
