/*
spec: 1.1 name inside the object, 12 limits
covers: Names of 1024 and 1025 bytes: visible and not visible in ctx.id.name; both visible on the stub
object: OBJ Obj key=mykey
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.name = ctx.id.name;
  }
  fetch() {
    return Response.json(this.name === undefined ? "hidden" : `${this.name.length} characters`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const names = {
      1023: "a".repeat(1023),
      1024: "a".repeat(1024),
      1025: "a".repeat(1025),
      5000: "a".repeat(5000),
    };
    names["1024 in 512 characters"] = "é".repeat(512);
    names["1025 in 513 characters"] = `${"é".repeat(512)}a`;
    names["1024 in 512 units"] = "😀".repeat(256);
    names["1028 in 514 units"] = "😀".repeat(257);
    for (const [bytes, name] of Object.entries(names)) {
      const stub = OBJ.getByName(name);
      const inside = await (await stub.fetch("http://x/")).json();
      log.note(
        `${bytes} bytes`,
        stub.name === name,
        stub.id.name === name,
        inside,
        stub.id.toString(),
      );
    }
    return log.response();
  },
};
