/*
spec: 2.2 stub.fetch, bodies
covers: A body can be read once; clone and tee; passing on a request whose body was read
object: OBJ Obj
request: POST / {"body": "client body"}
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    return new Response(`echo ${await request.text()}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal({ texts: false });
    const stub = OBJ.getByName("a");
    const copy = request.clone();
    log.note("read", await request.text(), request.bodyUsed, copy.bodyUsed);
    await log.try("read again", () => request.text());
    await log.try("json after text", () => request.json());
    await log.try("pass on a read request", async () => (await stub.fetch(request)).text());
    await log.try("clone a read request", () => request.clone());
    await log.try("pass on the copy", async () => (await stub.fetch(copy)).text());
    await log.try("pass on the copy again", async () => (await stub.fetch(copy)).text());
    const response = await stub.fetch("http://x/", { method: "POST", body: "b" });
    const second = response.clone();
    log.note("response", await response.text(), response.bodyUsed, await second.text());
    await log.try("response again", () => response.text());
    await log.try("clone a read response", () => response.clone());
    const locked = new Response("locked");
    locked.body.getReader();
    await log.try("locked", () => locked.text());
    await log.try("answering with a read response", async () =>
      (await stub.fetch("http://x/", { method: "POST", body: response.body })).text(),
    );
    const [left, right] = new Response("teed").body.tee();
    log.note("tee", await new Response(left).text(), await new Response(right).text());
    return log.response();
  },
};
