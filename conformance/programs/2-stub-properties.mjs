/*
spec: 2.2 stub, own properties
covers: Exactly name and id, enumerable; users may add others; Object.prototype members answer locally
object: OBJ Obj key=mykey
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    return new Response("answer");
  }
  toString() {
    return "remote";
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    log.note("keys", Object.keys(stub).sort(), Object.keys(OBJ.get(OBJ.newUniqueId())).sort());
    log.note("name", stub.name, OBJ.get(OBJ.newUniqueId()).name);
    log.note("id", stub.id.toString(), stub.id.name, stub.id === stub.id);
    log.note("has", Object.hasOwn(stub, "id"), "name" in stub, typeof stub.fetch);
    log.note("text", stub.toString(), Object.prototype.toString.call(stub), stub.constructor.name);
    stub.mine = 5;
    log.note("added", stub.mine, Object.keys(stub).sort());
    stub.fetch = () => "shadowed";
    log.note("shadowed fetch", stub.fetch("http://x/"));
    delete stub.fetch;
    log.note("unshadowed", await (await stub.fetch("http://x/")).text());
    return log.response();
  },
};
