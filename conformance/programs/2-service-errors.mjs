/*
spec: 2.6 through services
covers: Flags of errors that entry points throw, through methods and fetch; serialisation failures; missing entry methods
service: API self#Api
*/
import { WorkerEntrypoint } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Thing {}

export class Api extends WorkerEntrypoint {
  fail() {
    throw Object.assign(new TypeError("type"), { own: 1 });
  }
  async failLater() {
    await null;
    throw new Error("later");
  }
  failString() {
    throw "a string";
  }
  failObject() {
    throw { a: 1 };
  }
  bad() {
    return new Thing();
  }
  take() {}
  async fetch() {
    throw new RangeError("from fetch");
  }
}

export class Bare extends WorkerEntrypoint {}

export const handler = {
  fetch() {
    return new Response("handler");
  },
  method() {
    return "method of a plain handler";
  },
};

export default noting(async (log, { API }, ctx) => {
  for (const name of ["fail", "failLater", "failString", "failObject", "bad", "nope"])
    await log.try(name, () => API[name]());
  await log.try("argument", () => API.take(new Thing()));
  await log.try("fetch", () => API.fetch("http://x/"));
  await log.try("no fetch", () => ctx.exports.Bare.fetch("http://x/"));
  await log.try("no method", () => ctx.exports.Bare.method());
  await log.try("plain handler", () => ctx.exports.handler.method());
  await log.try("plain handler fetch", async () =>
    (await ctx.exports.handler.fetch("http://x/")).text(),
  );
});
