/*
spec: 5.3 class instance
covers: Own enumerable properties only; it comes back as a plain object
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

class Point {
  #hidden = 1;
  shown = 2;
  constructor(x) {
    this.x = x;
  }
  method() {
    return this.#hidden;
  }
  get computed() {
    return 1;
  }
}
class List extends Array {}
class Dictionary extends Map {}
class Moment extends Date {}

function values() {
  return {
    point: new Point(1),
    nested: { inner: [new Point(2)] },
    list: List.from([1, 2]),
    dictionary: new Dictionary([["a", 1]]),
    moment: new Moment(0),
    inherited: Object.create({ a: 1 }),
    json: { toJSON: undefined, a: 1 },
    "point with itself": (() => {
      const p = new Point();
      p.x = p;
      return p;
    })(),
  };
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    for (const [name, value] of Object.entries(values())) {
      await log.try(name, async () => {
        await this.storage.put(name, value);
        return this.storage.get(name);
      });
    }
    return log.response();
  }
}

export default toObject("OBJ");
