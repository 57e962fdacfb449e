/*
spec: 1.3 test vectors
covers: All vectors of the workerd algorithm; upper-case input accepted
covers: idFromName(x).equals(idFromString(idFromName(x).toString()))
object: MINE Mine key=mykey
object: COUNTER Counter key=my-worker-Counter
object: NAMELESS Nameless key=-Counter
*/
import { Journal } from "./observe.mjs";

export class Mine {}
export class Counter {}
export class Nameless {}

const CASES = [
  ["MINE", "name"],
  ["MINE", "http://foo/"],
  ["COUNTER", "test"],
  ["COUNTER", ""],
  ["COUNTER", "é😀"],
  ["NAMELESS", "test"],
];

export default {
  async fetch(request, env) {
    const log = new Journal();
    for (const [binding, name] of CASES) {
      const id = env[binding].idFromName(name);
      log.note(
        `${binding} ${name}`,
        id.toString(),
        id.equals(env[binding].idFromString(id.toString())),
      );
      log.note(
        "upper case",
        env[binding].idFromString(id.toString().toUpperCase()).toString() === id.toString(),
      );
    }
    const unique = "000102030405060708090a0b0c0d0e0f2d67da4548a301a295bc21a1cd80495c";
    log.note("unique", env.COUNTER.idFromString(unique).toString() === unique);
    return log.response();
  },
};
