/*
spec: service bindings
covers: waitUntil of an entry point goes on after its answer; its failures are logged only; imported waitUntil in an entry point
object: OBJ Obj
service: API self#Api
request: GET /
request: GET /seen {"waitMs": 300}
*/
import { DurableObject, WorkerEntrypoint, waitUntil } from "cloudflare:workers";
import { pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  note(what) {
    this.seen.push(what);
  }
  list() {
    return this.seen.sort();
  }
}

export class Api extends WorkerEntrypoint {
  later(what) {
    this.ctx.waitUntil(pause(20).then(() => this.env.OBJ.getByName("a").note(what)));
    this.ctx.waitUntil(Promise.reject(new Error("logged")));
    return "answered";
  }
  imported(what) {
    waitUntil(pause(20).then(() => this.env.OBJ.getByName("a").note(what)));
    return "answered";
  }
}

export default {
  async fetch(request, { API, OBJ }) {
    if (request.url.endsWith("/seen")) return Response.json(await OBJ.getByName("a").list());
    return Response.json([await API.later("ctx"), await API.imported("imported")]);
  },
};
