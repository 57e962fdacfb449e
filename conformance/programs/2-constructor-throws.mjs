/*
spec: 2.6 constructor threw, first call by fetch; 2.7
covers: Class and message of the throw, remote and durableObjectReset; the next stub retries
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

let attempts = 0;

export class Obj {
  constructor() {
    attempts++;
    if (attempts <= 2) throw new RangeError(`attempt ${attempts}`);
    if (attempts === 3) throw "a string";
  }
  fetch() {
    return new Response("built");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = (label, stub) => log.try(label, async () => (await stub.fetch("http://x/")).text());
    const first = OBJ.getByName("a");
    await ask("first", first);
    await ask("same stub", first);
    await ask("second stub", OBJ.getByName("a"));
    await ask("third stub", OBJ.getByName("a"));
    await ask("fourth stub", OBJ.getByName("a"));
    await ask("first stub", first);
    log.note("attempts", attempts);
    return log.response();
  },
};
