/*
spec: 2.6 errors, fetch rows
covers: Before 2026-04-21 class and message cross, own properties do not
date: 2026-04-20
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

class Own extends Error {
  constructor(message) {
    super(message);
    this.name = "Own";
    this.detail = 7;
  }
}

function thrown(kind) {
  const marked = Object.assign(new Error("marked"), {
    retryable: true,
    remote: false,
    mine: "kept?",
  });
  const values = {
    Error: new Error("plain"),
    "empty message": new Error(),
    TypeError: new TypeError("type"),
    RangeError: new RangeError("range"),
    SyntaxError: new SyntaxError("syntax"),
    ReferenceError: new ReferenceError("reference"),
    EvalError: new EvalError("eval"),
    URIError: new URIError("uri"),
    AggregateError: new AggregateError([new Error("inner")], "aggregate"),
    DOMException: new DOMException("dom", "AbortError"),
    DataCloneError: new DOMException("clone", "DataCloneError"),
    Own: new Own("own"),
    cause: new Error("outer", { cause: new TypeError("inner") }),
    renamed: Object.assign(new Error("renamed"), { name: "Renamed" }),
    marked,
    multiline: new Error("two\nlines"),
    string: "a string",
    "empty string": "",
    number: 5,
    null: null,
    undefined: undefined,
    object: { a: 1 },
    "object with message": { message: "hello", name: "Odd" },
    array: [1, 2],
  };
  return kind === undefined ? Object.keys(values) : values[kind];
}

export class Obj {
  async fetch(request) {
    throw thrown(decodeURIComponent(new URL(request.url).pathname.slice(1)));
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    for (const kind of thrown()) {
      await log.try(kind, async () => (await stub.fetch(`http://x/${kind}`)).text());
    }
    return log.response();
  },
};
