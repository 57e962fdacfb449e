/*
spec: 2.1 get, 2.2 creation
covers: get is synchronous, sends nothing and never fails for a missing object
covers: await stub and Promise.resolve(stub) do not call anything
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor() {
    built++;
  }
  fetch() {
    return new Response("answer");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.get(OBJ.newUniqueId());
    log.note("built after get", built);
    log.note("awaited", (await stub) === stub, built);
    log.note("resolved", (await Promise.resolve(stub)) === stub, built);
    log.note("returned", (await (async () => stub)()) === stub, built);
    log.note("fetched", await (await stub.fetch("http://x/")).text(), built);
    log.note("fetched again", await (await stub.fetch("http://x/")).text(), built);
    log.note("two stubs", OBJ.get(stub.id) === OBJ.get(stub.id));
    return log.response();
  },
};
