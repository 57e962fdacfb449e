/*
spec: 1.1 ns.jurisdiction
covers: null and undefined return an equivalent namespace; any value is refused
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const nothing of [undefined, null]) {
      const same = OBJ.jurisdiction(nothing);
      log.note("same ids", same.idFromName("a").equals(OBJ.idFromName("a")), same.constructor.name);
      log.note("same namespace object", same === OBJ);
    }
    for (const value of ["eu", "fedramp", "mars", ""]) {
      await log.try(`jurisdiction ${value}`, () => OBJ.jurisdiction(value));
    }
    await log.try("no argument", () =>
      OBJ.jurisdiction().idFromName("a").equals(OBJ.idFromName("a")),
    );
    log.note("on an id", OBJ.idFromName("a").jurisdiction);
    return log.response();
  },
};
