// How every kind of value crosses, as an argument and as a result.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcStub, RpcTarget } from "../dist/workers.js";
import { start, told } from "./rpc.mjs";

class Target extends RpcTarget {
  hello() {
    return "hello";
  }
}
class Plain {
  x = 1;
}

let produce;
const methods = {
  echo(value) {
    return value;
  },
  make() {
    return produce(this);
  },
  look(value, see) {
    return see === undefined ? typeof value : value[see];
  },
  mutate(value) {
    value.list.push(4);
    value.added = true;
    return value;
  },
  same(a, b) {
    return a === b;
  },
  async bodyOf(message) {
    return `${message.method ?? message.status} ${message.headers.get("x")} ${await message.text()}`;
  },
};

/** Runs `check` on the value after it went there and back, and after it came as a result. */
async function bothWays(stub, make, check) {
  await check(await stub().echo(make()));
  produce = make;
  await check(await stub().make());
}

const copied = [
  ["undefined", undefined],
  ["null", null],
  ["boolean", true],
  ["number", 1.5],
  ["minus zero", -0],
  ["NaN", Number.NaN],
  ["bigint", 12345678901234567890n],
  ["string", "aé😀"],
  ["long string", "x".repeat(100_000)],
  ["date", new Date(5)],
  ["regexp", /a/gi],
  ["map", new Map([["a", { b: 1 }]])],
  ["set", new Set([1, "2"])],
  ["buffer", new Uint8Array([1, 2, 3]).buffer],
  ["bytes", new Uint8Array([1, 2, 3])],
  ["floats", new Float64Array([1.5, 2])],
  ["view", new DataView(new ArrayBuffer(4), 1, 2)],
  ["array", [1, "a", null, [2]]],
  ["sparse array", Object.assign(new Array(3), { 0: 1, 2: 3 })],
  ["array with a property", Object.assign([1], { x: 2 })],
  ["object", { a: { b: [1, { c: 2n }] }, d: undefined }],
  ["large object", Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, [at]]))],
  ["boxed", new Number(5)],
  ["own __proto__", JSON.parse('{"__proto__": 1}')],
];

test("what can be copied arrives as a copy", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    for (const [name, value] of copied) {
      await bothWays(
        stub,
        () => value,
        (got) => {
          if (typeof value === "object" && value !== null) assert.notEqual(got, value, name);
          assert.deepStrictEqual(withoutDisposer(got), value, name);
        },
      );
    }
  });
});

function withoutDisposer(value) {
  if (typeof value === "object" && value !== null) delete value[Symbol.dispose];
  return value;
}

test("cycles and shared parts stay what they are, symbols are dropped", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const cycle = { name: "c" };
    cycle.self = cycle;
    const got = await stub().echo(cycle);
    assert.equal(got.self, got);
    const part = {};
    const two = await stub().echo({ a: part, b: part });
    assert.equal(two.a, two.b);
    assert.equal(await stub().same(part, part), true);
    const fn = () => 1;
    const both = await stub().echo({ a: fn, b: fn });
    assert.equal(both.a, both.b);
    assert.deepEqual(Object.keys(await stub().echo({ [Symbol("s")]: 1, a: 2 })), ["a"]);
    assert.equal(
      (
        await stub().echo({
          get a() {
            return 1;
          },
        })
      ).a,
      1,
    );
  });
});

test("errors are values with class, own properties and cause", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const error = Object.assign(new RangeError("r", { cause: new TypeError("c") }), { code: 7 });
    await bothWays(
      stub,
      () => error,
      (got) => {
        assert.ok(got instanceof RangeError);
        assert.deepEqual([got.message, got.code, got.cause.message], ["r", 7, "c"]);
        assert.equal(got.remote, undefined);
      },
    );
    const exception = await stub().echo(new DOMException("m", "AbortError"));
    assert.ok(exception instanceof DOMException);
    assert.deepEqual([exception.name, exception.message], ["AbortError", "m"]);
  });
});

test("messages and blobs arrive with their bodies", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const headers = await stub().echo(new Headers({ x: "1" }));
    assert.ok(headers instanceof Headers);
    assert.equal(headers.get("x"), "1");
    const request = new Request("http://h/p", { method: "PUT", headers: { x: "1" }, body: "b" });
    assert.equal(await stub().bodyOf(request), "PUT 1 b");
    assert.equal(request.bodyUsed, true);
    const response = await stub().echo(
      new Response("text", { status: 201, statusText: "Made", headers: { x: "y" } }),
    );
    assert.deepEqual(
      [response.status, response.statusText, response.headers.get("x"), response.url],
      [201, "Made", "y", ""],
    );
    response.headers.set("x", "z");
    assert.equal(await response.text(), "text");
    const streamed = new Response(new Blob(["streamed"]).stream());
    assert.equal(await (await stub().echo({ streamed })).streamed.text(), "streamed");
    const blob = await stub().echo(new Blob(["hi"], { type: "text/x" }));
    assert.deepEqual([blob.type, await blob.text()], ["text/x", "hi"]);
    assert.equal(
      (await told(stub().echo(streamed)))[1],
      "The ReadableStream has been locked to a reader.",
    );
  });
});

test("functions, targets, stubs and proxies of them arrive as stubs", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const calls = [
      [() => () => "called", (got) => got()],
      [() => async () => "called", (got) => got()],
      [() => new Target(), (got) => got.hello()],
      [() => new RpcStub(new Target()), (got) => got.hello()],
      [() => new RpcStub({ hello: () => "hello" }), (got) => got.hello()],
      [() => new Proxy({ hello: () => "hello" }, {}), (got) => got.hello()],
      [() => new Proxy(() => 1, { apply: () => "trapped" }), (got) => got()],
      [() => new Proxy(new Target(), {}), (got) => got.hello()],
    ];
    for (const [make, call] of calls) {
      await bothWays(stub, make, async (got) => {
        assert.ok(got instanceof RpcStub);
        assert.match(await call(got), /^(called|hello|trapped)$/);
      });
    }
  });
});

test("a stub of an object arrives without name and id", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const got = await stub().echo(stub("other"));
    assert.equal(Object.prototype.toString.call(got), "[object Fetcher]");
    assert.equal(got.constructor.name, "ServiceStub");
    assert.deepEqual(Object.keys(got), []);
    assert.equal(await got.echo("through"), "through");
  });
});

const refused = [
  ["class instance", () => new Plain(), 'Could not serialize object of type "Plain".'],
  ["no prototype", () => Object.create(null), 'Could not serialize object of type "Object".'],
  ["id", (object) => object.ctx.id, 'Could not serialize object of type "DurableObjectId".'],
  [
    "namespace",
    (o) => o.env.OBJECT,
    'Could not serialize object of type "DurableObjectNamespace".',
  ],
  ["URL", () => new URL("http://x/"), 'Could not serialize object of type "URL".'],
  ["URLSearchParams", () => new URLSearchParams(), 'of type "URLSearchParams".'],
  ["FormData", () => new FormData(), 'Could not serialize object of type "FormData".'],
  ["File", () => new File([], "f"), 'Could not serialize object of type "File".'],
  ["symbol", () => Symbol("x"), "Symbol(x) could not be cloned."],
  [
    "arguments",
    function () {
      // biome-ignore lint/complexity/noArguments: that is the case
      return arguments;
    },
    "#<Object> could not be cloned.",
  ],
  ["promise inside", () => ({ p: Promise.resolve() }), "#<Promise> could not be cloned."],
  ["WeakMap", () => new WeakMap(), "#<WeakMap> could not be cloned."],
  ["WeakRef", () => new WeakRef({}), "#<WeakRef> could not be cloned."],
  ["signal", () => AbortSignal.abort(), "AbortSignal serialization is not enabled."],
  ["proxy of an instance", () => new Proxy(new Plain(), {}), "Proxy could not be serialized"],
  [
    "promise of a call",
    (o) => ({ p: o.env.OBJECT.getByName("z").echo() }),
    'of type "RpcPromise".',
  ],
  ["property", (o) => ({ p: o.env.OBJECT.getByName("z").echo }), 'of type "RpcProperty".'],
];

test("what cannot cross is refused in workerd's words", async (t) => {
  const run = await start(t, methods);
  await run(async (stub, env) => {
    for (const [name, make, text] of refused) {
      produce = make;
      const [kind, message, flags] = await told(stub().make());
      assert.equal(kind, "DOMException", name);
      assert.ok(message.includes(text), `${name}: ${message}`);
      assert.deepEqual(flags, { remote: true }, name);
      const given = make({ env, ctx: { id: stub().id } });
      const [, sent, local] = await told(stub().echo({ given }));
      assert.ok(sent.includes(text), `${name}: ${sent}`);
      assert.deepEqual(local, {}, name);
    }
  });
});

test("a call or a property that is returned is awaited", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    produce = (object) => object.env.OBJECT.getByName("z").echo(3);
    assert.equal(await stub().make(), 3);
    produce = async (object) => object.env.OBJECT.getByName("z").look;
    assert.ok((await stub().make()) instanceof RpcStub);
  });
});

test("what becomes of an argument after the call does not matter", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const given = { list: [1, 2, 3] };
    const promise = stub().mutate(given);
    given.list.length = 0;
    given.late = true;
    const got = await promise;
    assert.deepEqual(got.list, [1, 2, 3, 4]);
    assert.equal(got.late, undefined);
    assert.deepEqual(given, { list: [], late: true });
    const map = new Map([["a", 1]]);
    const sent = stub().echo(map);
    map.clear();
    assert.equal((await sent).get("a"), 1);
  });
});

test("arguments and results are limited to 32 MiB, counted as workerd counts", async (t) => {
  const run = await start(t, methods);
  const length = 33 * 1024 * 1024;
  const tooLarge = (bytes) =>
    "Serialized RPC arguments or return values are limited to 32MiB, " +
    `but the size of this value was: ${bytes} bytes.`;
  await run(async (stub) => {
    assert.deepEqual(await told(stub().echo("x".repeat(length))), [
      "Error",
      tooLarge(length + 12),
      {},
    ]);
    assert.equal((await told(stub().echo(new Uint8Array(length))))[1], tooLarge(length + 20));
    produce = () => "x".repeat(length);
    assert.equal((await told(stub().make()))[2].remote, true);
    assert.equal((await stub().echo("x".repeat(31 * 1024 * 1024))).length, 31 * 1024 * 1024);
  });
});

test("what can be sent cannot all be stored or cloned", async (t) => {
  const run = await start(t, {
    async keep(kind, stub) {
      const service = this.env.OBJECT.getByName("other");
      const value = {
        service,
        target: new Target(),
        stub,
        property: service.echo,
        promise: service.echo(),
        readable: new ReadableStream(),
        writable: new WritableStream(),
      }[kind];
      const [, stored] = await told(this.ctx.storage.put("key", { value }));
      const [, cloned] = await told(Promise.resolve().then(() => structuredClone({ value })));
      return [stored, cloned];
    },
    ...methods,
  });
  const forRpc = (name) => `${name} can only be serialized for RPC.`;
  const unsupported = (name) =>
    `Could not serialize object of type "${name}". This type does not support serialization.`;
  const inContext = (name) => `${name} cannot be serialized in this context.`;
  await run(async (stub) => {
    for (const [kind, stored, cloned = stored] of [
      ["service", inContext("ServiceStub")],
      ["target", forRpc("Remote RPC references")],
      ["stub", inContext("RpcStub"), "#<RpcStub> could not be cloned."],
      ["property", unsupported("RpcProperty"), "#<RpcProperty> could not be cloned."],
      ["promise", unsupported("RpcPromise"), "#<RpcPromise> could not be cloned."],
      ["readable", forRpc("ReadableStream")],
      ["writable", forRpc("WritableStream")],
    ]) {
      assert.deepEqual([...(await stub().keep(kind, () => 1))], [stored, cloned], kind);
    }
  });
});
