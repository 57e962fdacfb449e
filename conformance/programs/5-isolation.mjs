/*
spec: 0.1, 13.4
covers: Each object of each class has its own store, with the same name or the same keys
object: ONE One
object: TWO Two
request: GET /write
restart:
request: GET /read
*/
import { Journal } from "./observe.mjs";

export class One {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    if (request.url.endsWith("/write"))
      await storage.put("who", `${this.constructor.name} ${this.ctx.id.name}`);
    if (request.url.endsWith("/clear")) await storage.deleteAll();
    return Response.json([...(await storage.list())]);
  }
}
export class Two extends One {}

export default {
  async fetch(request, env) {
    const log = new Journal();
    const { pathname } = new URL(request.url);
    const ask = async (path, binding, name) => {
      log.note(
        `${path} ${binding} ${name}`,
        await (await env[binding].getByName(name).fetch(`http://x/${path}`)).json(),
      );
    };
    if (pathname === "/write") {
      for (const binding of ["ONE", "TWO"])
        for (const name of ["a", "b"]) await ask("write", binding, name);
      await ask("clear", "ONE", "a");
    }
    for (const binding of ["ONE", "TWO"])
      for (const name of ["a", "b"]) await ask("read", binding, name);
    return log.response();
  },
};
