/*
spec: 2.2 stub
covers: RPC to a class that does not extend DurableObject; fetch goes on to work
object: OBJ Obj
object: GOOD Good
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj {
  ping() {
    return "pong";
  }
  fetch() {
    return new Response("fetched");
  }
}

export class Good extends DurableObject {
  ping() {
    return "pong";
  }
}

export default noting(async (log, { OBJ, GOOD }) => {
  const stub = OBJ.getByName("a");
  await log.try("call", () => stub.ping());
  await log.try("property", () => stub.prop);
  await log.try("unknown", () => stub.nope());
  await log.try("fetch", async () => (await stub.fetch("http://x/")).text());
  await log.try("extending", () => GOOD.getByName("a").ping());
});
