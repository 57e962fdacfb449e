/*
spec: 2.2, 2.3 calls
covers: Arguments, results, this, async methods, calls that give no or many arguments; a returned promise is awaited
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  count = 0;
  nothing() {}
  echo(...args) {
    return args;
  }
  add(a, b = 10) {
    return a + b;
  }
  increment() {
    return ++this.count;
  }
  async later(value) {
    await null;
    return value;
  }
  thenable() {
    // biome-ignore lint/suspicious/noThenProperty: the case
    return { then: (resolve) => resolve("from then") };
  }
  nested() {
    return Promise.resolve(Promise.resolve("inner"));
  }
  *numbers() {
    yield 1;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await log.try("nothing", () => stub.nothing());
  await log.try("no arguments", () => stub.echo());
  await log.try("arguments", () => stub.echo(1, undefined, null, "x", [], {}));
  await log.try("many", () => stub.echo(...Array.from({ length: 40 }, (_, i) => i)));
  await log.try("default", () => stub.add(1));
  await log.try("undefined takes the default", () => stub.add(1, undefined));
  await log.try("surplus", () => stub.add(1, 2, 3));
  for (const _ of [1, 2, 3]) await log.try("increment", () => stub.increment());
  const { increment } = stub;
  await log.try("taken off the stub", () => increment());
  await log.try("with another this", () => stub.increment.call({ count: 100 }));
  await log.try("apply", () => stub.echo.apply(null, [1, 2]));
  await log.try("computed name", () => stub["echo"]("computed"));
  await log.try("async", () => stub.later("value"));
  await log.try("nested promises", () => stub.nested());
  await log.try("thenable", () => stub.thenable());
  await log.try("generator", () => stub.numbers());
  const { echo } = OBJ.getByName("b");
  await log.try("another object", () => echo("b"));
});
