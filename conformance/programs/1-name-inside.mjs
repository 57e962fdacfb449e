/*
spec: 1.1 name inside the object
covers: ctx.id.name is set by idFromName and getByName, undefined by newUniqueId and idFromString
object: OBJ Obj key=mykey
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.born = ctx.id.name;
  }
  fetch() {
    const { id } = this.ctx;
    return Response.json({
      born: String(this.born),
      now: String(id.name),
      keys: Object.keys(id).sort(),
    });
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = async (label, stub) => {
      log.note(label, stub.name, stub.id.name, await (await stub.fetch("http://x/")).json());
    };
    await ask("idFromName", OBJ.get(OBJ.idFromName("first")));
    await ask("getByName", OBJ.getByName("second"));
    await ask("empty name", OBJ.getByName(""));
    await ask("unique", OBJ.get(OBJ.newUniqueId()));
    await ask("idFromString", OBJ.get(OBJ.idFromString(OBJ.idFromName("third").toString())));
    await ask("again by name, object already known without", OBJ.getByName("third"));
    await ask(
      "by string, object already known by name",
      OBJ.get(OBJ.idFromString(OBJ.idFromName("first").toString())),
    );
    const id = await (await OBJ.getByName("first").fetch("http://x/")).json();
    log.note("same object", id);
    return log.response();
  },
};
