/*
spec: 2.2 stub.fetch
covers: URLs that are neither http nor https
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
    const stub = OBJ.getByName("a");
    for (const url of [
      "ftp://host/x",
      "ws://host/x",
      "wss://host/x",
      "object:/path",
      "mailto:a@b",
    ]) {
      await log.try(url, async () => (await stub.fetch(url)).json());
    }
    return log.response();
  },
};
