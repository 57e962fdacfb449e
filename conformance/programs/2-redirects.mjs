/*
spec: 2.2 stub.fetch, redirects
covers: Redirects are followed to the same object unless the mode says otherwise; what the client gets
object: OBJ Obj
request: GET /log
request: GET /client
request: GET /client-manual
request: GET /made
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, kind, rest] = pathname.split("/");
    if (kind === "end")
      return Response.json([
        request.method,
        request.url,
        request.headers.get("x"),
        await request.text(),
      ]);
    if (kind === "loop") return new Response(null, { status: 302, headers: { location: "/loop" } });
    if (kind === "nowhere") return new Response("no location", { status: 302 });
    if (kind === "bad")
      return new Response(null, { status: 302, headers: { location: "http://" } });
    return new Response("redirect body", {
      status: Number(kind),
      headers: { location: rest ? `/${rest}` : "http://elsewhere/end" },
    });
  }
}

export default {
  async fetch(request, { OBJ }) {
    const stub = OBJ.getByName("a");
    const { pathname } = new URL(request.url);
    if (pathname === "/client") return stub.fetch(new Request("http://host/302/end", request));
    if (pathname === "/client-manual")
      return stub.fetch("http://host/302/end", { redirect: "manual" });
    if (pathname === "/made") return Response.redirect("http://host/target", 307);
    const log = new Journal({ texts: false });
    const ask = (label, url, init) =>
      log.try(label, async () => {
        const response = await stub.fetch(url, init);
        return [
          response.status,
          response.redirected,
          response.url,
          response.headers.get("location"),
          await response.text(),
        ];
      });
    await ask("default", "http://host/302/end");
    await ask("absolute", "http://host/302");
    for (const status of [301, 302, 303, 307, 308]) {
      await ask(`POST ${status}`, `http://host/${status}/end`, {
        method: "POST",
        body: "posted",
        headers: { x: "kept" },
      });
    }
    await ask("300", "http://host/300/end");
    await ask("304", "http://host/304/end");
    await ask("manual", "http://host/302/end", { redirect: "manual" });
    await ask("error", "http://host/302/end", { redirect: "error" });
    await ask("unknown mode", "http://host/302/end", { redirect: "other" });
    await ask("loop", "http://host/loop");
    await ask("no location", "http://host/nowhere");
    await ask("bad location", "http://host/bad");
    await ask("incoming request's mode", new Request("http://host/302/end", request));
    log.note("mode", request.redirect, new Request("http://x/").redirect);
    return log.response();
  },
};
