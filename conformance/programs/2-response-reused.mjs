/*
spec: 2.2 stub.fetch, bodies
covers: An object that answers with the same Response twice, with a clone, and with its own request's body
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  kept = new Response("kept");
  empty = new Response(null, { status: 204 });
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/kept") return this.kept;
    if (pathname === "/empty") return this.empty;
    if (pathname === "/clone") {
      this.original ??= new Response("original");
      return this.original.clone();
    }
    return new Response(request.body, {
      headers: { "x-type": String(request.headers.get("content-type")) },
    });
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal({ texts: false });
    const stub = OBJ.getByName("a");
    for (const path of ["kept", "kept", "empty", "empty", "clone", "clone"]) {
      await log.try(path, async () => {
        const response = await stub.fetch(`http://x/${path}`);
        return [response.status, await response.text()];
      });
    }
    const echo = await stub.fetch("http://x/echo", { method: "PUT", body: "sent" });
    log.note("echo", echo.headers.get("x-type"), await echo.text());
    return log.response();
  },
};
