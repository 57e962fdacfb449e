/*
spec: 9.2 handler
covers: Alarms of many objects run, each in its own; in the order of their times
object: OBJ Obj sqlite
object: SINK Sink sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    await this.ctx.storage.setAlarm(Number(new URL(request.url).pathname.slice(1)));
    return new Response();
  }
  async alarm() {
    await this.env.SINK.getByName("sink").fetch(`http://sink/${this.ctx.id.name}`);
  }
}

export class Sink extends DurableObject {
  names = [];
  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);
    if (name !== "read") this.names.push(name);
    return Response.json(this.names);
  }
}

export default {
  async fetch(_request, { OBJ, SINK }) {
    const log = new Journal();
    const start = Date.now() + 200;
    const all = Array.from({ length: 30 }, (_, i) => i);
    const set = (name, time) => OBJ.getByName(name).fetch(`http://object/${time}`);
    for (const i of [3, 1, 2]) await set(`late${i}`, start + 2500 + i * 300);
    await Promise.all(all.map((i) => set(`n${i}`, start + 20 * ((i * 7) % 5))));
    const read = async () => (await SINK.getByName("sink").fetch("http://sink/read")).json();
    let names = [];
    for (let i = 0; i < 200 && names.length < 33; i++) {
      await pause(50);
      names = await read();
    }
    log.note("all", names.length, new Set(names).size);
    log.note("in order", names.slice(-3));
    return log.response();
  },
};
