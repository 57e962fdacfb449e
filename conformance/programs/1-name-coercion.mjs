/*
spec: 1.1 idFromName
covers: The name is coerced to a string; undefined becomes "undefined"; the empty string is allowed
object: OBJ Obj key=mykey
*/
import { Journal } from "./observe.mjs";

export class Obj {}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const inputs = [
      undefined,
      null,
      5,
      true,
      ["a", "b"],
      { toString: () => "own" },
      new Date(NaN),
      10n,
      "",
      " ",
    ];
    for (const input of inputs) {
      const id = OBJ.idFromName(input);
      log.note("name", input, id.name, id.toString());
    }
    await log.try("symbol", () => OBJ.idFromName(Symbol("s")));
    await log.try("nothing", () => OBJ.idFromName());
    await log.try("throwing toString", () =>
      OBJ.idFromName({
        toString() {
          throw new RangeError("no");
        },
      }),
    );
    return log.response();
  },
};
