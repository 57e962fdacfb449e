/*
spec: 3.1 construction, the Worker's own ctx and env
covers: Variables arrive as strings; env is the same from cloudflare:workers; a WorkerEntrypoint as default export
object: OBJ Obj
var: TEXT some text
var: NUMBER 5
*/
import { env as importedEnv, WorkerEntrypoint } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

const atLoad = importedEnv.TEXT;

export class Obj {
  constructor(ctx, env) {
    this.env = env;
  }
  fetch() {
    return Response.json([this.env.TEXT, importedEnv.TEXT, Object.keys(this.env).sort()]);
  }
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const log = new Journal();
    const { env, ctx } = this;
    log.note("vars", env.TEXT, env.NUMBER, env.MISSING, Object.keys(env).sort());
    log.note("imported", importedEnv.TEXT, atLoad, typeof importedEnv.OBJ.get);
    log.note("instances", request instanceof Request, this instanceof WorkerEntrypoint);
    log.note(
      "ctx",
      ctx.constructor.name,
      typeof ctx.waitUntil,
      typeof ctx.passThroughOnException,
      ctx.props,
    );
    log.note("object", await (await env.OBJ.getByName("a").fetch("http://x/")).json());
    log.note(
      "through the import",
      await (await importedEnv.OBJ.getByName("a").fetch("http://x/")).json(),
    );
    return log.response();
  }
}
