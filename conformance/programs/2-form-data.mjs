/*
spec: 2.2 stub.fetch, bodies
covers: Forms and files sent to an object, read there, and sent back
object: OBJ Obj
request: POST / {"headers": {"content-type": "multipart/form-data; boundary=b"}, "body": "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nv\u00e9\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\nContent-Type: text/own\r\n\r\ncontent\r\n--b--\r\n"}
request: POST / {"headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "a=1&a=2&b=%20+c"}
request: POST / {"headers": {"content-type": "text/plain"}, "body": "a=1"}
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    const log = new Journal({ texts: false });
    await log.try("form", async () => {
      const entries = [];
      for (const [name, value] of await request.formData()) {
        if (typeof value === "string") entries.push([name, value]);
        else entries.push([name, value.name, value.type, value.size, await value.text()]);
      }
      return entries;
    });
    return log.response();
  }
}

export default toObject("OBJ");
