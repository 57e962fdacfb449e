/*
spec: 2.2 stub.fetch
covers: The text for a relative URL at 2024-05-01
date: 2024-05-01
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    return Response.json([request.method, request.url]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.get(OBJ.idFromName("a"));
    for (const url of ["/x", "x", "", "http://host/x"]) {
      await log.try(url, async () => (await stub.fetch(url)).json());
    }
    return log.response();
  },
};
