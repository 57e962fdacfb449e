/*
spec: 1.1 id.name, id.jurisdiction, id.toString
covers: Own enumerable instance properties, undefined when absent
object: OBJ Obj key=mykey
*/
import { Journal } from "./observe.mjs";

export class Obj {}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const id = OBJ.idFromName("name");
    log.note("keys", Object.keys(id).sort(), Object.keys(OBJ.newUniqueId()).sort());
    log.note("as text", `${id}`, String(id) === id.toString(), id + "");
    log.note("json", JSON.parse(JSON.stringify(id)));
    log.note("json unique", JSON.parse(JSON.stringify(OBJ.newUniqueId())));
    log.note("spread", { ...id });
    log.note("type", typeof id, Object.prototype.toString.call(id), id.constructor.name);
    log.note("methods", Object.getOwnPropertyNames(Object.getPrototypeOf(id)).sort());
    log.note("in", "name" in id, "jurisdiction" in id, "equals" in id);
    await log.try("construct", () => new id.constructor("x"));
    return log.response();
  },
};
