/*
spec: 2.1 get, getByName
covers: A non-id is refused; locationHint is ignored; routingMode is checked
object: OBJ Obj key=mykey
*/
import { Journal } from "./observe.mjs";

export class Obj {
  fetch() {
    return new Response("answer");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const id = OBJ.idFromName("a");
    for (const wrong of [undefined, null, "a", id.toString(), 5, {}, OBJ, OBJ.get(id)]) {
      await log.try("not an id", () => OBJ.get(wrong));
    }
    await log.try("nothing", () => OBJ.get());
    const options = [
      undefined,
      null,
      {},
      { locationHint: "wnam" },
      { locationHint: "moon" },
      { locationHint: 5 },
    ];
    options.push(
      { routingMode: "primary-only" },
      { routingMode: undefined },
      { routingMode: "any" },
      { routingMode: 5 },
    );
    options.push({ unknown: true });
    for (const option of options) {
      await log.try("get", async () => (await OBJ.get(id, option).fetch("http://x/")).text());
      await log.try("getByName", () => OBJ.getByName("a", option).name);
    }
    await log.try("options not an object", () => OBJ.get(id, "wnam").name);
    await log.try("name undefined", () => OBJ.getByName(undefined).name);
    await log.try("no name", () => OBJ.getByName().name);
    await log.try("number as name", () => OBJ.getByName(5).name);
    return log.response();
  },
};
