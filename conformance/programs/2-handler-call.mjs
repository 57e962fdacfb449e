/*
spec: 2.2 stub.fetch, 3.1 construction
covers: The handler is called with the request and the object as this; the class is built with (ctx, env)
object: PLAIN Plain key=mykey
object: BASED Based
object: DERIVED Derived
var: GREETING hello
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Plain {
  constructor(...args) {
    this.args = args;
  }
  fetch(...args) {
    const [ctx, env] = this.args;
    const own = [
      this instanceof Plain,
      Object.keys(this),
      this.args.length,
      ctx.constructor.name,
      env.GREETING,
    ];
    return Response.json([
      args.findLastIndex(Boolean),
      args[0].constructor.name,
      ...own,
      ctx.id.toString(),
    ]);
  }
}

export class Based extends DurableObject {
  fetch(...args) {
    const own = [
      this instanceof DurableObject,
      Object.keys(this).sort(),
      this.ctx.constructor.name,
      this.env.GREETING,
    ];
    return Response.json([args.findLastIndex(Boolean), ...own]);
  }
}

export class Derived extends Based {
  constructor(ctx, env) {
    super(ctx, env);
    this.same = this.ctx === ctx && this.env === env;
  }
  async fetch(request) {
    return Response.json([this.same, await (await super.fetch(request)).json()]);
  }
}

export default {
  async fetch(request, env, ctx) {
    const log = new Journal();
    log.note("worker", arguments.length, ctx.constructor.name);
    for (const binding of ["PLAIN", "BASED", "DERIVED"]) {
      log.note(binding, await (await env[binding].getByName("a").fetch("http://x/")).json());
    }
    return log.response();
  },
};
