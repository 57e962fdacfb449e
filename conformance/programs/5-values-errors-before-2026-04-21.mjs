/*
spec: 5.3 Error
covers: Before 2026-04-21 class, message and stack are stored, own properties are not
date: 2026-04-20
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

class Own extends TypeError {
  constructor() {
    super("own");
    this.name = "Own";
    this.detail = { a: 1 };
  }
}

function values() {
  return {
    Error: new Error("message"),
    TypeError: new TypeError("t"),
    RangeError: new RangeError("r"),
    empty: new Error(),
    SyntaxError: new SyntaxError("s"),
    ReferenceError: new ReferenceError("f"),
    EvalError: new EvalError("e"),
    URIError: new URIError("u"),
    own: new Own(),
    cause: new Error("outer", { cause: new RangeError("inner") }),
    code: Object.assign(new Error("c"), { code: "E1" }),
    renamed: Object.assign(new Error("n"), { name: "Renamed" }),
    inside: { list: [new Error("in an array")] },
    aggregate: new AggregateError([new Error("a"), 1], "agg"),
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
    const stored = await this.storage.get("TypeError");
    log.note(
      "stack",
      typeof stored.stack,
      stored.stack?.split("\n")[0],
      stored instanceof TypeError,
      stored.toString(),
    );
    return log.response();
  }
}

export default toObject("OBJ");
