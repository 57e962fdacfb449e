/*
spec: 3.1, module Workers
covers: env and ctx of the default export; the same env for every request; waitUntil of the Worker
object: OBJ Obj
var: MODE test
request: GET /one
request: GET /two
*/
import { Journal } from "./observe.mjs";

let first;
let count = 0;

export class Obj {
  fetch() {
    return new Response(`count ${++count}`);
  }
}

const handler = {
  greeting: "hello",
  async fetch(request, env, ctx) {
    const log = new Journal();
    first ??= env;
    log.note("this", this === handler, this?.greeting);
    log.note("env", env === first, env.MODE, Object.keys(env).sort());
    log.note("ctx", Object.prototype.toString.call(ctx), ctx.props);
    log.note("shared globals", await (await env.OBJ.getByName("a").fetch("http://x/")).text());
    log.note(
      "waitUntil",
      ctx.waitUntil(Promise.resolve()),
      ctx.waitUntil(Promise.reject(new Error("ignored"))),
    );
    await log.try("waitUntil of a value", () => ctx.waitUntil("x"));
    await log.try("passThroughOnException", () => ctx.passThroughOnException());
    return log.response();
  },
};

export default handler;
