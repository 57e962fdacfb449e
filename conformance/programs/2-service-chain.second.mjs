/*
object: OBJ Obj
*/
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

export class Obj extends DurableObject {
  async fetch(request) {
    return new Response(`${this.ctx.id.name} ${request.method} ${await request.text()}`);
  }
  who() {
    return this.ctx.id.name;
  }
  fail() {
    throw new RangeError("in the object");
  }
  stream() {
    return new Response("streamed by the object").body;
  }
}

export default class extends WorkerEntrypoint {
  #object(name = "a") {
    return this.env.OBJ.getByName(name);
  }
  fetch(request) {
    return this.#object().fetch(request);
  }
  call(name) {
    return this.#object(name).who();
  }
  fail() {
    return this.#object().fail();
  }
  stream() {
    return this.#object().stream();
  }
}
