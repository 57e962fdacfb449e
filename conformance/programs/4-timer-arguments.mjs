/*
spec: 4.1 input gate, timers
covers: Delays that are missing, negative, not numbers; what setTimeout returns; timers of the Worker itself
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

const fired = (...delay) => new Promise((resolve) => setTimeout(() => resolve("fired"), ...delay));

export class Obj {
  async fetch() {
    const log = new Journal({ texts: false });
    for (const delay of [[], [undefined], [null], [-5], ["3"], ["x"], [NaN], [0.5], [true]]) {
      await log.try(String(delay), () => fired(...delay));
    }
    const timer = setTimeout(() => {}, 1000);
    await log.try("clear", () => clearTimeout(timer));
    await log.try("clear again", () => clearTimeout(timer));
    await log.try("clear by the other name", () =>
      clearInterval(setTimeout(() => log.note("never"), 5)),
    );
    await log.try("clear undefined", () => clearTimeout(undefined));
    await log.try("clear null", () => clearTimeout(null));
    await log.try("clear a number that is no timer", () => clearTimeout(123456));
    await fired(10);
    return log.response();
  }
}

export default toObject("OBJ");
