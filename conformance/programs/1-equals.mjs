/*
spec: 1.1 id.equals
covers: Compares the 32 bytes only, the name is ignored; an argument that is no id
object: OBJ Obj
object: OTHER Other
*/
import { Journal } from "./observe.mjs";

export class Obj {}
export class Other {}

export default {
  async fetch(request, { OBJ, OTHER }) {
    const log = new Journal();
    const named = OBJ.idFromName("a");
    const nameless = OBJ.idFromString(named.toString());
    log.note("itself", named.equals(named));
    log.note("same name", named.equals(OBJ.idFromName("a")), named === OBJ.idFromName("a"));
    log.note("without the name", named.equals(nameless), nameless.equals(named));
    log.note("other name", named.equals(OBJ.idFromName("b")));
    log.note("other namespace", named.equals(OTHER.idFromName("a")));
    log.note("unique", named.equals(OBJ.newUniqueId()));
    for (const value of [
      undefined,
      null,
      named.toString(),
      5,
      {},
      { toString: () => named.toString() },
      OBJ,
    ]) {
      await log.try("no id", () => named.equals(value));
    }
    await log.try("no argument", () => named.equals());
    await log.try("detached", () => (0, named.equals)(named));
    return log.response();
  },
};
