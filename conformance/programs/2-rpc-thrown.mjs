/*
spec: 2.6 errors, RPC rows
covers: A method threw an Error of each class, a string, a plain object, nothing; flags and their absence through RPC
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Own extends Error {
  constructor(message) {
    super(message);
    this.name = "Own";
    this.detail = 7;
  }
}

function thrown() {
  return {
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
    Own: new Own("own"),
    cause: new Error("outer", { cause: new TypeError("inner") }),
    renamed: Object.assign(new Error("renamed"), { name: "Renamed" }),
    marked: Object.assign(new Error("marked"), { retryable: true, remote: false, mine: "kept?" }),
    "own properties": Object.assign(new Error("own"), {
      list: [1, { a: new Date(0) }],
      u: undefined,
    }),
    string: "a string",
    "empty string": "",
    number: 5,
    null: null,
    undefined: undefined,
    object: { a: 1 },
    "object with message": { message: "hello", name: "Odd" },
    array: [1, 2],
  };
}

export class Obj extends DurableObject {
  throwSync(kind) {
    throw thrown()[kind];
  }
  async throwAsync(kind) {
    await null;
    throw thrown()[kind];
  }
  fine() {
    return "fine";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const kind of Object.keys(thrown())) await log.try(kind, () => stub.throwAsync(kind));
  for (const kind of ["Error", "Own", "string", "object"])
    await log.try(`synchronously ${kind}`, () => stub.throwSync(kind));
  await log.try("after them all", () => stub.fine());
  const error = await stub.throwAsync("Own").catch((caught) => caught);
  log.note("class", error.constructor.name, error instanceof Error, Object.keys(error).sort());
});
