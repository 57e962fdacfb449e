/*
spec: 2.2 stub, old dates
covers: The flags rpc and fetcher_no_get_put_delete before their dates
date: 2023-12-01
flag: rpc
flag: fetcher_no_get_put_delete
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
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.get(OBJ.idFromName("a"));
  await log.try("ping", () => stub.ping());
  await log.try("get", () => stub.get("k"));
});
