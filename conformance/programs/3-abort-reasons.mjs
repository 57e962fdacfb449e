/*
spec: 3.3 message
covers: The message is String(reason); the text without a reason
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

const REASONS = {
  none: [],
  undefined: [undefined],
  null: [null],
  string: ["some reason"],
  empty: [""],
  Error: [new Error("x")],
  TypeError: [new TypeError("y")],
  number: [5],
  object: [{ a: 1 }],
  "object with toString": [{ toString: () => "own text" }],
};

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    this.ctx.abort(...REASONS[decodeURIComponent(new URL(request.url).pathname.slice(1))]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const name of Object.keys(REASONS)) {
      await log.try(name, () => OBJ.getByName("a").fetch(`http://x/${name}`));
    }
    return log.response();
  },
};
