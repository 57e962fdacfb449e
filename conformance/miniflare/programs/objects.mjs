// What happens to a request inside an object: contexts, errors, gates, `DurableObjectState`.
import { echo, objectWith, stubOf, text } from "../objects.mjs";

export default {
  async "bad-results"(t) {
    let result;
    const stub = await stubOf(
      t,
      objectWith(() => result),
    );
    for (const each of [undefined, null, "text", {}, 5, new globalThis.Response("global")]) {
      result = each;
      await t.call(`result ${typeof each}`, () => stub.fetch("http://host/"));
    }
  },
  async "no-fetch-handler"(t) {
    const stub = await stubOf(t, class {});
    await t.call(() => stub.fetch("http://host/"));
    await t.call(() => stub.fetch("http://host/"));
  },
  async "constructor-throws"(t) {
    let constructed = 0;
    const stub = await stubOf(
      t,
      class {
        constructor() {
          constructed++;
          throw new RangeError(`in the constructor, ${constructed}`);
        }
        fetch() {
          return new t.core.Response("body");
        }
      },
    );
    await t.call(() => stub.fetch("http://host/"));
    await t.call(() => stub.fetch("http://host/"));
    await t.host.reload();
    await t.call(() => stub.fetch("http://host/"));
    await t.call(() => stub.fetch("http://host/"));
    t.log("constructed", constructed);
  },
  async "constructor-with-a-block"(t) {
    const stub = await stubOf(
      t,
      class {
        constructor(state) {
          this.state = state;
          state.blockConcurrencyWhile(async () => {
            this.value = (await state.storage.get("value")) ?? "default";
            t.log("loaded");
          });
        }
        fetch() {
          return new t.core.Response(this.value);
        }
      },
    );
    await Promise.all([1, 2].map(() => t.start("fetch", () => text(stub.fetch("http://host/")))));
  },
  async "errors-pass-as-they-are"(t) {
    const error = Object.assign(new RangeError("from the object"), { code: "X", extra: { a: 1 } });
    const stub = await stubOf(
      t,
      objectWith(() => {
        throw error;
      }),
    );
    const caught = await stub.fetch("http://host/").catch((thrown) => thrown);
    t.log(caught === error, caught);
  },
  async "errors-of-every-kind"(t) {
    let thrown;
    const stub = await stubOf(
      t,
      objectWith(async () => {
        throw thrown;
      }),
    );
    for (const each of ["text", undefined, null, 5, { a: 1 }]) {
      thrown = each;
      await t.call(() => stub.fetch("http://host/"));
    }
  },
  async "factory-rejects"(t) {
    const namespace = new t.mf.DurableObjectNamespace("TEST", async () => {
      throw new Error("from the factory");
    });
    await t.call(() => namespace.get(namespace.idFromName("a")).fetch("http://host/"));
    const thrower = new t.mf.DurableObjectNamespace("TEST", () => {
      throw new Error("thrown by the factory");
    });
    await t.call(() => thrower.get(thrower.idFromName("a")).fetch("http://host/"));
  },
  async "factory-comes-before-the-url"(t) {
    const namespace = new t.mf.DurableObjectNamespace("TEST", async (id) => {
      t.log("factory", id.name);
      return t.state(t.storage());
    });
    await t.call(() => namespace.get(namespace.idFromName("a")).fetch("http://"));
  },
  async "request-contexts"(t) {
    t.fakeTime(1_700_000_000_000);
    const stub = await stubOf(
      t,
      objectWith(() => {
        const context = t.shared.getRequestContext();
        t.log(
          context.requestDepth,
          context.pipelineDepth,
          context.durableObject,
          context.externalSubrequestLimit,
          context.internalSubrequestLimit,
          context.currentTime,
        );
        t.clock.now += 50;
        t.log("inside", context.currentTime);
        return new t.core.Response("body");
      }),
    );
    await stub.fetch("http://host/");
    const caller = new t.shared.RequestContext({ requestDepth: 3, pipelineDepth: 2 });
    await caller.runWith(() => stub.fetch("http://host/"));
    t.log("caller", caller.currentTime, caller.internalSubrequests, caller.externalSubrequests);
    await caller.runWith(() => stub.fetch("http://host/"));
    t.log("caller", caller.currentTime, caller.internalSubrequests);
  },
  async "usage-model"(t) {
    for (const usageModel of ["bundled", "unbound", undefined]) {
      const stub = await stubOf(
        t,
        objectWith(() => {
          t.log(usageModel, t.shared.getRequestContext().externalSubrequestLimit);
          return new t.core.Response("body");
        }),
        { usageModel },
      );
      await stub.fetch("http://host/");
    }
  },
  async recursion(t) {
    let deepest = 0;
    const stub = await stubOf(
      t,
      objectWith(async function () {
        deepest = Math.max(deepest, t.shared.getRequestContext().requestDepth);
        return this.env.TEST.get(this.env.TEST.newUniqueId()).fetch("http://host/");
      }),
    );
    t.host.factory.storage = (namespace) =>
      t.recorder({ name: namespace.slice(0, 4), quiet: true });
    await t.call(() => stub.fetch("http://host/"));
    t.log("deepest", deepest);
  },
  async "subrequest-limit"(t) {
    const stub = await stubOf(t, echo(t));
    const caller = new t.shared.RequestContext({ internalSubrequestLimit: 2 });
    for (let i = 0; i < 3; i++) {
      await t.call(`call ${i}`, () => caller.runWith(() => text(stub.fetch("http://host/"))));
    }
    t.log(caller.internalSubrequests);
  },
  async "subrequest-counted-before-failures"(t) {
    const stub = await stubOf(t, class {});
    const caller = new t.shared.RequestContext();
    await t.call(() => caller.runWith(() => stub.fetch("http://host/")));
    await t.call(() => caller.runWith(() => stub.fetch("/relative")));
    await t.call(() => caller.runWith(() => stub.fetch("ftp://host/")));
    t.log(caller.internalSubrequests);
  },
  async "concurrent-fetches"(t) {
    const stub = await stubOf(
      t,
      objectWith(async function () {
        const n = ((await this.state.storage.get("n")) ?? 0) + 1;
        this.state.storage.put("n", n);
        return new t.core.Response(`${n}`);
      }),
    );
    t.log(await Promise.all([1, 2, 3, 4].map(() => text(stub.fetch("http://host/")))));
  },
  async "fetch-while-another-awaits"(t) {
    const gate = t.deferred();
    const stub = await stubOf(
      t,
      objectWith(async (request) => {
        const { pathname } = new URL(request.url);
        t.log("in", pathname);
        if (pathname === "/slow") await gate.promise;
        else gate.resolve();
        return new t.core.Response(pathname);
      }),
    );
    await Promise.all([
      t.start("slow", () => text(stub.fetch("http://host/slow"))),
      t.start("fast", () => text(stub.fetch("http://host/fast"))),
    ]);
  },
  async "body-is-gated"(t) {
    const stub = await stubOf(
      t,
      objectWith(async function (request) {
        const first = new URL(request.url).pathname === "/first";
        if (first) {
          await this.state.blockConcurrencyWhile(async () => {
            t.log("blocked");
            await t.turn(3);
            t.log("unblocked");
          });
        }
        t.log(await request.text());
        return new t.core.Response("body");
      }),
    );
    const init = (body) => ({ method: "POST", body });
    await Promise.all([
      stub.fetch("http://host/second", init("second")),
      stub.fetch("http://host/first", init("first")),
    ]);
  },
  async state(t) {
    const storage = t.storage();
    const id = new t.mf.DurableObjectId("TEST", "ab", "name");
    const state = new t.mf.DurableObjectState(id, storage);
    t.log(state.id === id, state.storage === storage);
    t.log(Object.keys(state), state instanceof t.mf.DurableObjectState);
    await t.call(() => state.blockConcurrencyWhile(async () => 5));
    // The text of the error depends on whether V8 has optimised the call by then.
    await state.blockConcurrencyWhile().catch((error) => t.log(error.name));
  },
  async "state-of-the-plugin"(t) {
    const stub = await stubOf(
      t,
      objectWith(function () {
        const { id, storage } = this.state;
        t.log(
          id.name,
          id.toString(),
          id.equals(stub.id),
          storage instanceof t.mf.DurableObjectStorage,
        );
        t.log(Object.keys(this.env));
        return new t.core.Response("body");
      }),
    );
    await stub.fetch("http://host/");
    await stub.fetch("http://host/");
  },
};
