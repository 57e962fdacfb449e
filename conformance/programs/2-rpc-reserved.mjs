/*
spec: 2.3 reserved names
covers: Each reserved name of an object, called and read; names that only the stub itself answers
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    return new Response("fetched");
  }
  alarm() {}
  webSocketMessage() {}
  webSocketClose() {}
  webSocketError() {}
  connect() {}
  tail() {
    return "tail";
  }
  trace() {
    return "trace";
  }
  scheduled() {
    return "scheduled";
  }
  queue() {
    return "queue";
  }
  test() {
    return "test";
  }
  email() {
    return "email";
  }
  get() {
    return "get";
  }
  put() {
    return "put";
  }
  delete() {
    return "delete";
  }
  webSocketOpen() {
    return "webSocketOpen";
  }
  toString() {
    return "toString of the object";
  }
  valueOf() {
    return "valueOf of the object";
  }
  hasOwnProperty() {
    return "hasOwnProperty of the object";
  }
  toJSON() {
    return "toJSON of the object";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const name of ["alarm", "webSocketMessage", "webSocketClose", "webSocketError"]) {
    await log.try(`${name}()`, () => stub[name]());
    await log.try(name, () => stub[name]);
  }
  for (const name of ["tail", "trace", "scheduled", "queue", "test", "email", "webSocketOpen"])
    await log.try(`${name}()`, () => stub[name]());
  for (const name of ["get", "put", "delete", "toJSON"])
    await log.try(`${name}()`, () => stub[name]());
  await log.try("fetch", async () => (await stub.fetch("http://x/")).text());
  log.attempt("toString", () => stub.toString());
  log.attempt("valueOf is the stub", () => stub.valueOf() === stub);
  log.attempt("hasOwnProperty", () => stub.hasOwnProperty("name"));
  log.attempt("constructor", () => stub.constructor.name);
  log.attempt("then", () => stub.then);
});
