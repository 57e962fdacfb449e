/*
spec: 2.5 exports of cloudflare:workers
covers: What cloudflare:workers has, and what its classes are
object: OBJ Obj
*/
import * as workers from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends workers.DurableObject {
  shape() {
    return [
      Object.keys(this),
      this.ctx.constructor.name,
      Object.keys(this.env),
      this instanceof workers.DurableObject,
      this instanceof workers.RpcTarget,
    ];
  }
}

const NAMES = [
  "DurableObject",
  "RpcPromise",
  "RpcProperty",
  "RpcStub",
  "RpcTarget",
  "WorkerEntrypoint",
];

export default noting(async (log, env) => {
  for (const name of NAMES) {
    const value = workers[name];
    log.note(
      name,
      typeof value,
      value.name,
      Object.getOwnPropertyNames(value.prototype).includes("constructor"),
    );
  }
  log.note("waitUntil", typeof workers.waitUntil);
  log.note("env", Object.keys(workers.env), workers.env.OBJ === env.OBJ);
  log.note("exports", typeof workers.exports);
  log.note("shape", await env.OBJ.getByName("a").shape());
});
