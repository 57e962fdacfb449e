/*
spec: 2.2 stub, old dates
covers: From 2024-04-03 on a stub has members, and get, put and delete are methods of the object
date: 2024-04-03
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  ping() {
    return "pong";
  }
  get(key) {
    return `get ${key}`;
  }
  put(key, value) {
    return `put ${key} ${value}`;
  }
  delete(key) {
    return `delete ${key}`;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.get(OBJ.idFromName("a"));
  await log.try("ping", () => stub.ping());
  await log.try("get", () => stub.get("k"));
  await log.try("put", () => stub.put("k", "v"));
  await log.try("delete", () => stub.delete("k"));
  await log.try("nope", () => stub.nope());
});
