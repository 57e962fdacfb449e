/*
spec: 2.3 plain object
covers: Functions inside results and arguments; a result with functions is a real object whose functions are stubs; Proxy
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  api() {
    let count = 0;
    return { up: () => ++count, down: () => --count, start: count, deep: { get: () => count } };
  }
  async useAll(api) {
    return [await api.hello("x"), api.n, await api.deep.bye()];
  }
  proxied() {
    return new Proxy({ a: 1, f: () => "f" }, {});
  }
  proxiedFunction() {
    return new Proxy(() => "called", {});
  }
  proxiedTarget() {
    return new Proxy(
      new (class extends RpcTarget {
        ping() {
          return "pong";
        }
      })(),
      { get: (target, name) => (name === "extra" ? () => "extra" : target[name]) },
    );
  }
  thisOf() {
    return {
      value: 5,
      read() {
        return this?.value ?? "no this";
      },
    };
  }
  accessor() {
    return {
      get computed() {
        return "read";
      },
    };
  }
  methodShorthand() {
    return {
      method() {
        return "m";
      },
      async later() {
        return "l";
      },
    };
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const api = await stub.api();
  log.note("keys", Object.keys(api), Object.getPrototypeOf(api) === Object.prototype, api.start);
  log.note("calls", await api.up(), await api.up(), await api.down(), await api.deep.get());
  log.note("another", await (await stub.api()).up());
  await log.try("argument", () =>
    stub.useAll({ hello: (x) => `hello ${x}`, n: 5, deep: { bye: async () => "bye" } }),
  );
  for (const name of ["proxied", "proxiedFunction", "proxiedTarget"]) {
    await log.try(name, async () => {
      const value = await stub[name]();
      return [typeof value, value.constructor.name];
    });
  }
  await log.try("proxied a", () => stub.proxied().a);
  await log.try("proxied f", () => stub.proxied().f());
  await log.try("proxied function", () => stub.proxiedFunction()());
  await log.try("this", () => stub.thisOf().read());
  await log.try("accessor", () => stub.accessor());
  await log.try("methods", async () => {
    const { method, later } = await stub.methodShorthand();
    return [await method(), await later()];
  });
});
