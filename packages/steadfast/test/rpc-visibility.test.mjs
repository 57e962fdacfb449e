// What a caller can reach of an object, of a target and of a plain value, and what it is told otherwise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Steadfast } from "../dist/index.js";
import { RpcPromise, RpcProperty, RpcStub, RpcTarget } from "../dist/workers.js";
import { start, told } from "./rpc.mjs";

class Counter extends RpcTarget {
  own = 1;
  arrow = () => 1;
  #count = 0;
  increment(by = 1) {
    this.#count += by;
    return this.#count;
  }
  get count() {
    return this.#count;
  }
  get add() {
    return (a, b) => a + b;
  }
  child() {
    return new Counter();
  }
  boom() {
    throw new RangeError("counter");
  }
}

const methods = {
  echo(...args) {
    return args[0];
  },
  get number() {
    return 9;
  },
  get nested() {
    return { a: { b: () => "ab" }, n: 1, none: undefined };
  },
  get nothing() {
    return undefined;
  },
  get promised() {
    return Promise.resolve({ a: () => 1 });
  },
  get failing() {
    throw new RangeError("getter");
  },
  counter() {
    return new Counter();
  },
  deep() {
    return { a: { f: () => "deep" }, counter: new Counter() };
  },
  array() {
    return [1, () => 2];
  },
  fn() {
    return (...args) => args;
  },
  other() {
    return this.env.OBJECT.getByName("other");
  },
  get otherStub() {
    return this.env.OBJECT.getByName("other");
  },
  fail() {
    throw new RangeError("no");
  },
  alarm() {},
  fetch() {
    return new Response("fetched");
  },
};

const missing = (name) => `The RPC receiver does not implement the method "${name}".`;
const reserved = (name) => `'${name}' is a reserved method and cannot be called over RPC.`;
const REMOTE = { remote: true };

test("methods, getters and what they return can be used", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const object = stub();
    assert.equal(await object.echo("x"), "x");
    assert.equal(await object.number, 9);
    assert.equal(await object.nested.a.b(), "ab");
    assert.equal(await object.nested.n, 1);
    assert.equal(await object.otherStub.echo("y"), "y");
    const counter = await object.counter();
    assert.equal(await counter.increment(2), 2);
    assert.equal(await counter.count, 2);
    assert.equal(await counter.add(1, 2), 3);
    assert.deepEqual([...(await (await object.fn())(1, 2))], [1, 2]);
  });
});

test("what a caller does not see is told in workerd's words", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const object = stub();
    for (const name of ["nope", "ctx", "env", "nothing", "promised2", "catch", "finally"]) {
      assert.deepEqual(await told(object[name]()), ["TypeError", missing(name), REMOTE], name);
    }
    for (const name of ["alarm", "dup", "webSocketMessage", "webSocketClose", "webSocketError"]) {
      assert.deepEqual(await told(object[name]()), ["TypeError", reserved(name), REMOTE], name);
    }
    assert.deepEqual(await told(object.number()), [
      "TypeError",
      '"number" is not a function.',
      REMOTE,
    ]);
    assert.deepEqual(await told(object.nested.n()), [
      "TypeError",
      '"nested.n" is not a function.',
      REMOTE,
    ]);
    assert.deepEqual(await told(object.nested.n.q), ["TypeError", missing("n"), REMOTE]);
    assert.deepEqual(await told(object.nested.a.zz()), ["TypeError", missing("zz"), REMOTE]);
    assert.deepEqual(await told(object.echo.foo), ["TypeError", missing("foo"), REMOTE]);
    assert.deepEqual(await told(object.promised.a()), ["TypeError", missing("promised"), REMOTE]);
    assert.deepEqual(await told(object.failing), ["RangeError", "getter", REMOTE]);
  });
});

test("fields of a target are its own, and it is told whose error it is", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const durableObjectId = stub().id.toString();
    const flags = { remote: true, durableObjectId };
    const counter = await stub().counter();
    for (const name of ["own", "arrow", "nope"]) {
      assert.deepEqual(await told(counter[name]), ["TypeError", missing(name), flags], name);
    }
    assert.deepEqual(await told(counter.count()), [
      "TypeError",
      '"count" is not a function.',
      flags,
    ]);
    assert.deepEqual(await told(counter.boom()), ["RangeError", "counter", flags]);
    const fn = await stub().fn();
    assert.equal(await fn.length, 0);
    assert.deepEqual(await told(fn.call(null)), ["TypeError", missing("call"), flags]);
  });
});

test("results can be used before they are there, through objects, stubs and targets", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const object = stub();
    const flags = { remote: true, durableObjectId: object.id.toString() };
    assert.equal(await object.deep().a.f(), "deep");
    assert.equal(await object.deep().counter.increment(3), 3);
    assert.equal(await object.deep().counter.count, 0);
    assert.equal(await object.counter().child().child().increment(), 1);
    assert.equal(await object.other().echo("o"), "o");
    assert.deepEqual([...(await object.fn()(3))], [3]);
    assert.equal(object.array()[0], undefined);
    for (const [given, name] of [
      [object.echo(5).foo(), "foo"],
      [object.echo().foo, "foo"],
      [object.array().length, "length"],
      [object.deep().counter.own, "own"],
    ]) {
      assert.deepEqual(await told(given), ["TypeError", missing(name), flags], name);
    }
    assert.deepEqual(await told(object.deep()()), [
      "TypeError",
      '"(this)" is not a function.',
      flags,
    ]);
    assert.deepEqual(await told(object.fail().x.y()), [
      "RangeError",
      "no",
      { durableObjectId: object.id.toString(), remote: true },
    ]);
  });
});

test("calls on a result that is not there arrive in their order, before later ones", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const promise = stub().counter();
    const early = [promise.increment(), promise.increment(), promise.increment()];
    const counter = await promise;
    assert.equal(await counter.increment(), 4);
    assert.deepEqual(await Promise.all(early), [1, 2, 3]);
  });
});

test("a path has at most 64 names beyond the first", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    let path = stub();
    for (let depth = 0; depth < 65; depth++) path = path.a;
    assert.equal((await told(path()))[1], missing("a"));
    assert.throws(() => path.a, {
      name: "TypeError",
      message: "RPC pipelined property path is too deep (max 64).",
    });
  });
});

test("stubs, properties and promises look as they do in workerd", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const object = stub();
    assert.deepEqual(Object.keys(object), ["name", "id"]);
    assert.equal(Object.prototype.toString.call(object), "[object DurableObject]");
    assert.equal(object.then, undefined);
    assert.equal(await object, object);
    assert.equal(await Promise.resolve(object), object);
    assert.equal(String(object), "[object DurableObject]");
    assert.equal(Object.hasOwn(object, "echo"), false);
    assert.equal("echo" in object, true);
    assert.equal("then" in object, false);
    const property = object.echo;
    assert.equal(typeof property, "function");
    assert.equal(property instanceof Function, false);
    assert.equal(property instanceof RpcProperty, true);
    assert.notEqual(object.echo, property);
    assert.deepEqual(Object.keys(property), []);
    const promise = object.echo(1);
    assert.equal(promise instanceof RpcPromise, true);
    assert.equal(promise instanceof Promise, false);
    assert.equal(typeof promise, "function");
    assert.equal(await promise.finally(() => undefined), 1);
    const fn = await object.fn();
    assert.equal(fn instanceof RpcStub, true);
    assert.equal(typeof fn, "function");
    assert.equal(fn.then, undefined);
    assert.equal(inspect(fn), "RpcStub {}");
    assert.equal(inspect([object.echo, promise]), "[ RpcProperty {}, RpcPromise {} ]");
    assert.match(inspect(object), /^DurableObject \{/);
    object.mine = 5;
    assert.equal(object.mine, 5);
    assert.throws(() => new RpcPromise(), { message: "Illegal constructor" });
    assert.throws(() => new RpcProperty(), { message: "Illegal constructor" });
  });
});

test("a class that does not extend DurableObject takes requests alone", async (t) => {
  class Old {
    ping() {
      return 1;
    }
    fetch() {
      return new Response("old");
    }
  }
  const app = await Steadfast.start({ durableObjects: { OLD: Old } });
  t.after(() => app.stop());
  const stub = app.env.OLD.getByName("a");
  assert.equal(await (await stub.fetch("http://x/")).text(), "old");
  for (const given of [stub.ping(), stub.ping]) {
    const [name, message, flags] = await told(given);
    assert.equal(name, "TypeError");
    assert.match(message, /^The receiving Durable Object does not support RPC, because its class/);
    assert.deepEqual(flags, REMOTE);
  }
});

test("before 2024-04-03 there are no members, before 2024-03-26 helpers for requests", async (t) => {
  const run = await start(t, methods, { compatibilityDate: "2024-04-01" });
  await run(async (stub) => {
    assert.equal(stub().echo, undefined);
    assert.equal(stub().get, undefined);
  });
  const fetch = ({ url, method }) => {
    const { pathname } = new URL(url);
    return new Response(`${method} ${pathname}`, { status: Number(pathname.slice(1)) || 200 });
  };
  const runOlder = await start(t, { fetch }, { compatibilityDate: "2024-03-01" });
  await runOlder(async (stub) => {
    const object = stub();
    assert.equal(await object.get("http://x/"), "GET /");
    assert.equal(await object.get("http://x/404"), null);
    assert.equal((await object.get("http://x/", "arrayBuffer")).byteLength, 5);
    assert.equal(await object.put("http://x/", "body"), undefined);
    assert.equal(await object.delete("http://x/"), undefined);
    assert.equal(
      (await told(object.put("http://x/404", "b")))[1],
      "HTTP PUT request failed: 404 Not Found",
    );
  });
});
