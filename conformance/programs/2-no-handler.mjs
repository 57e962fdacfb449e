/*
spec: 2.2 stub.fetch
covers: A class without a fetch handler, one whose fetch is no function, one with it as a field
object: NONE None
object: FIELD Field
object: NUMBER Number_
object: BASE Base
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class None {}
export class Field {
  fetch = () => new Response("from a field");
}
export class Number_ {
  fetch = 5;
}
export class Base extends DurableObject {}

export default {
  async fetch(request, env) {
    const log = new Journal();
    for (const binding of ["NONE", "FIELD", "NUMBER", "BASE"]) {
      const stub = env[binding].getByName("a");
      await log.try(binding, async () => (await stub.fetch("http://x/")).text());
      await log.try(`${binding} again`, async () => (await stub.fetch("http://x/")).text());
    }
    return log.response();
  },
};
