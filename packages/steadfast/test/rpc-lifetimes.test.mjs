// How long stubs live, who lets go of them, and what is told to those who come too late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RpcStub, RpcTarget } from "../dist/workers.js";
import { rejection, start, told } from "./rpc.mjs";

let log = [];

class Target extends RpcTarget {
  constructor(name) {
    super();
    this.label = name;
  }
  hello() {
    return `hello ${this.label}`;
  }
  [Symbol.dispose]() {
    log.push(`${this.label} disposed`);
  }
}

const methods = {
  target(name) {
    return new Target(name);
  },
  withStub(name) {
    return {
      target: new Target(name),
      [Symbol.dispose]: () => log.push(`result ${name} disposed`),
    };
  },
  plain(name) {
    return { x: 1, [Symbol.dispose]: () => log.push(`result ${name} disposed`) };
  },
  keep(fn) {
    this.kept = fn;
  },
  keepDup(fn) {
    this.kept = fn.dup();
  },
  async useKept() {
    return await this.kept();
  },
  dropKept() {
    this.kept[Symbol.dispose]();
  },
  use(target) {
    return target.hello();
  },
  echo(value) {
    return value;
  },
  abort() {
    this.ctx.abort("boom");
  },
  call(fn) {
    return fn();
  },
  hang() {
    return () => new Promise(() => undefined);
  },
  marked() {
    const known = this.mark ?? "fresh";
    this.mark = "kept";
    return known;
  },
};

/** What was disposed so far; disposers have run when another call to the object has been answered. */
async function disposed(stub) {
  await stub("a").echo(1);
  return log.splice(0);
}

const STUB_LATE = "RPC stub used after being disposed.";
const PROMISE_LATE = "RPC promise used after being disposed.";
const GONE = "The execution context which hosts this callback is no longer running.";

test("disposing the last stub runs the target's disposer once, in the object", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const first = await stub().target("T");
    const second = first.dup();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assert.deepEqual(await disposed(stub), []);
    assert.equal(await second.hello(), "hello T");
    assert.deepEqual(await told(first.hello()), ["Error", STUB_LATE, {}]);
    assert.deepEqual(await told(first.hello), ["Error", STUB_LATE, {}]);
    second[Symbol.dispose]();
    assert.deepEqual(await disposed(stub), ["T disposed"]);
  });
});

test("disposing a result disposes the stubs in it, then runs its own disposer", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const result = await stub().withStub("R");
    assert.deepEqual(Object.keys(result), ["target"]);
    assert.equal(await result.target.hello(), "hello R");
    result[Symbol.dispose]();
    result[Symbol.dispose]();
    assert.deepEqual(await disposed(stub), ["R disposed", "result R disposed"]);
    assert.deepEqual(await told(result.target.hello()), ["Error", STUB_LATE, {}]);
    const plain = await stub().plain("P");
    plain[Symbol.dispose]();
    assert.deepEqual(await disposed(stub), ["result P disposed"]);
    for (const value of [{}, [], new Date(1), new Map()]) {
      assert.equal(typeof (await stub().echo(value))[Symbol.dispose], "function");
    }
  });
});

test("disposing a promise disposes its result, before or after that has come", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const early = stub().target("E");
    early[Symbol.dispose]();
    assert.deepEqual(await told(early.hello()), ["Error", PROMISE_LATE, {}]);
    await early;
    assert.deepEqual(await disposed(stub), ["E disposed"]);
    const late = stub().target("L");
    const result = await late;
    late[Symbol.dispose]();
    assert.deepEqual(await told(late.hello()), ["Error", PROMISE_LATE, {}]);
    assert.deepEqual(await told(result.hello()), ["Error", STUB_LATE, {}]);
    assert.deepEqual(await disposed(stub), ["L disposed"]);
  });
});

test("a stub that was an argument ends with the call unless it is duplicated", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const durableObjectId = stub().id.toString();
    const late = ["Error", STUB_LATE, { durableObjectId, remote: true }];
    await stub().keep(() => "kept");
    assert.deepEqual(await told(stub().useKept()), late);
    await stub().keepDup(() => "kept");
    assert.equal(await stub().useKept(), "kept");
    await stub().dropKept();
    assert.deepEqual(await told(stub().useKept()), late);
    await stub().keep(new Target("argument"));
    assert.deepEqual(await disposed(stub), ["argument disposed"]);
  });
});

test("from 2026-01-20 a stub stays its sender's too", async (t) => {
  const run = await start(t, methods, { compatibilityDate: "2026-01-20" });
  await run(async (stub) => {
    const local = new RpcStub(new Target("local"));
    assert.equal(await stub().use(local), "hello local");
    assert.equal(await local.hello(), "hello local");
    const remote = await stub().target("remote");
    assert.equal(await stub().use(remote), "hello remote");
    assert.equal(await remote.hello(), "hello remote");
    assert.deepEqual(await disposed(stub), []);
    local[Symbol.dispose]();
    remote[Symbol.dispose]();
    assert.deepEqual((await disposed(stub)).sort(), ["local disposed", "remote disposed"]);
  });
});

test("before, sending it uses it up", async (t) => {
  const run = await start(t, methods, { compatibilityDate: "2026-01-19" });
  await run(async (stub) => {
    const local = new RpcStub(new Target("local"));
    assert.equal(await stub().use(local), "hello local");
    assert.deepEqual(await told(local.hello()), ["Error", STUB_LATE, {}]);
    assert.equal((await rejection(stub().use(local))).message, STUB_LATE);
    assert.deepEqual(await disposed(stub), ["local disposed"]);
  });
});

test("a stub that is returned goes to the caller", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const back = await stub().echo(new Target("back"));
    assert.equal(await back.hello(), "hello back");
    assert.deepEqual(await disposed(stub), []);
    back[Symbol.dispose]();
    assert.deepEqual(await disposed(stub), ["back disposed"]);
  });
});

test("what an object hosts is gone with it", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const target = await stub().target("gone");
    const hang = await stub().hang();
    const pending = told(hang());
    await stub("a").echo(1);
    assert.deepEqual(await told(stub().abort()), ["Error", "boom", { durableObjectReset: true }]);
    assert.equal((await pending)[1], "boom");
    for (const late of [target.hello(), target.hello, hang()]) {
      assert.deepEqual(await told(late), ["Error", GONE, {}]);
    }
    target[Symbol.dispose]();
    assert.equal(await stub().echo(2), 2);
    log = [];
  });
});

test("a held stub keeps its object in memory, a disposed one does not", async (t) => {
  const run = await start(t, methods, { clock: "manual" });
  const app = run.app;
  await run(async (stub) => {
    const held = await stub("held").target("held");
    assert.equal(await stub("held").marked(), "fresh");
    assert.equal(await stub("other").marked(), "fresh");
    await app.clock.advance("1 minute");
    assert.equal(await stub("held").marked(), "kept");
    assert.equal(await stub("other").marked(), "fresh");
    held[Symbol.dispose]();
    await stub("held").echo(1);
    await app.clock.advance("1 minute");
    assert.equal(await stub("held").marked(), "fresh");
    log = [];
  });
});

test("a stub that nobody disposed is let go of when it is collected", async (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const run = await start(t, methods);
  await run(async (stub) => {
    await (async () => assert.equal(await (await stub().target("lost")).hello(), "hello lost"))();
    await (async () =>
      assert.equal(await stub().target("never seen").hello(), "hello never seen"))();
    const gone = [];
    for (let round = 0; gone.length < 2 && round < 100; round++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      gone.push(...(await disposed(stub)));
    }
    assert.deepEqual(gone.sort(), ["lost disposed", "never seen disposed"]);
  });
});

test("what was on its way to somebody who has gone is let go of", async (t) => {
  const run = await start(t, {
    ...methods,
    async askAndEnd() {
      const asked = this.env.OBJECT.getByName("maker").slowTarget("late");
      await this.env.OBJECT.getByName("maker").echo(1);
      asked.catch(() => undefined);
      this.ctx.abort("asker");
    },
    async slowTarget(name) {
      await new Promise((resolve) => {
        this.release = resolve;
      });
      return new Target(name);
    },
    finish() {
      this.release();
    },
  });
  await run(async (stub) => {
    await told(stub("asker").askAndEnd());
    await stub("maker").finish();
    await stub("maker").echo(1);
    assert.deepEqual(await disposed(() => stub("maker")), ["late disposed"]);
    await told(stub("nowhere").nope(new Target("argument")));
    assert.deepEqual(await disposed(stub), ["argument disposed"]);
  });
});

test("a stub that only wraps: new RpcStub", async (t) => {
  const run = await start(t, methods);
  await run(async () => {
    for (const value of [5, "s", null, undefined]) {
      assert.throws(() => new RpcStub(value), {
        name: "TypeError",
        message:
          "Failed to construct 'JsRpcStub': constructor parameter 1 is not of type 'Object'.",
      });
    }
    for (const value of [[], new Date(), new Map(), Promise.resolve(), new (class Other {})()]) {
      assert.throws(() => new RpcStub(value), {
        name: "TypeError",
        message: "RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.",
      });
    }
    const stub = new RpcStub({ add: (a, b) => a + b, n: 4 });
    assert.equal(await stub.add(1, 2), 3);
    assert.equal(await stub.n, 4);
    assert.equal(await new RpcStub((x) => x * 2)(4), 8);
  });
});
