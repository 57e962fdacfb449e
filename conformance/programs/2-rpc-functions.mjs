/*
spec: 2.4 by stub
covers: Functions as arguments and results: callbacks, their arguments and errors, functions that return functions, own properties
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  async call(f, ...args) {
    return f(...args);
  }
  async callTwice(f) {
    return [await f(1), await f(2)];
  }
  async fails(f) {
    try {
      await f();
    } catch (error) {
      return [error.constructor.name, error.message, error.remote, error.durableObjectId];
    }
  }
  kind(f) {
    return [typeof f, f instanceof Function, f.constructor.name];
  }
  adder(x) {
    return (y) => x + y;
  }
  curried(x) {
    return (y) => (z) => [x, y, z];
  }
  withProperties() {
    return Object.assign((x) => `called ${x}`, {
      own: 5,
      method: () => "own method",
      nested: { a: 1 },
    });
  }
  async compose(f, g) {
    return async (x) => f(await g(x));
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  let calls = 0;
  await log.try("callback", () => stub.call((a, b) => a + b, 2, 3));
  await log.try("async callback", () => stub.call(async (a) => `${a}!`, "x"));
  await log.try("twice", () => stub.callTwice((n) => n * 10 + ++calls));
  await log.try("callback that throws", () =>
    stub.fails(() => {
      throw new RangeError("mine");
    }),
  );
  await log.try("through it all", () =>
    stub.call(() => {
      throw new RangeError("mine");
    }),
  );
  await log.try("kind", () => stub.kind(() => {}));
  await log.try("class as a function", () => stub.kind(class Mine {}));
  const add = await stub.adder(5);
  log.note("result", typeof add, await add(1), await add(2));
  await log.try("curried", async () => (await (await stub.curried(1))(2))(3));
  const f = await stub.withProperties();
  await log.try("called", () => f("x"));
  await log.try("own", () => f.own);
  await log.try("own method", () => f.method());
  await log.try("nested", () => f.nested.a);
  await log.try("missing", () => f.missing);
  await log.try("inherited", () => f.bind);
  await log.try("callback given a callback", () =>
    stub.call(
      (g) => g(7),
      (x) => x + 1,
    ),
  );
  await log.try("its own function back", async () => {
    const back = await stub.call(
      (x) => x,
      (y) => `back ${y}`,
    );
    return back("again");
  });
  await log.try("bound", () =>
    stub.call(
      function () {
        return this.v;
      }.bind({ v: 9 }),
    ),
  );
});
