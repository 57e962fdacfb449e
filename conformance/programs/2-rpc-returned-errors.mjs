/*
spec: 2.6 errors
covers: A method returned an Error, or an object that holds one: values, nothing is added
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  error() {
    return new TypeError("returned");
  }
  inside() {
    return {
      list: [new RangeError("inside", { cause: "why" })],
      dom: new DOMException("d", "DataError"),
    };
  }
  own() {
    return Object.assign(new Error("own"), { name: "Mine", extra: 1 });
  }
  echo(value) {
    return value;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const name of ["error", "inside", "own"]) await log.try(name, () => stub[name]());
  await log.try("echo", () => stub.echo(Object.assign(new EvalError("given"), { n: 1 })));
});
