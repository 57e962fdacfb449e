/*
spec: 1.1 newUniqueId
covers: newUniqueId().name is undefined; two unique ids never equal; jurisdictions are refused
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ids = Array.from({ length: 200 }, () => OBJ.newUniqueId());
    log.note("different", new Set(ids.map(String)).size);
    log.note("different first halves", new Set(ids.map((id) => id.toString().slice(0, 32))).size);
    log.note(
      "64 lower-case digits",
      ids.every((id) => /^[0-9a-f]{64}$/.test(id.toString())),
    );
    log.note(
      "none equal",
      ids.every((id, i) => ids.every((other, j) => id.equals(other) === (i === j))),
    );
    log.note(
      "read back",
      ids.every((id) => OBJ.idFromString(id.toString()).equals(id)),
    );
    log.note("name", ids[0].name, "name" in ids[0]);
    for (const options of [
      undefined,
      null,
      {},
      { jurisdiction: undefined },
      { jurisdiction: null },
      { other: 1 },
    ]) {
      await log.try("options", () => OBJ.newUniqueId(options).toString().length);
    }
    for (const jurisdiction of ["eu", "fedramp", "mars", "", 5]) {
      await log.try(`jurisdiction ${jurisdiction}`, () => OBJ.newUniqueId({ jurisdiction }));
    }
    await log.try("options not an object", () => OBJ.newUniqueId("eu"));
    return log.response();
  },
};
