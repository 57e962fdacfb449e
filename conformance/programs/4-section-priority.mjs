/*
spec: 4.1 critical section
covers: Nested section priority; a section's continuation runs before any other input
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  log = [];
  constructor(ctx) {
    this.ctx = ctx;
  }
  async section(name, inner) {
    await this.ctx.blockConcurrencyWhile(async () => {
      this.log.push(`${name} begins`);
      await pause(5);
      if (inner) await Promise.all([this.section(`${name}.1`), this.section(`${name}.2`)]);
      this.log.push(`${name} ends`);
    });
    this.log.push(`after ${name}`);
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/two") await Promise.all([this.section("a", true), this.section("b", true)]);
    else this.log.push(`event ${pathname}`);
    return Response.json(this.log);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const calls = ["two", "1", "2"].map(async (path) =>
      (await stub.fetch(`http://x/${path}`)).json(),
    );
    for (const line of (await Promise.all(calls)).at(-1)) log.note(line);
    return log.response();
  },
};
