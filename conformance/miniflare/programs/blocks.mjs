// Blocks, transactions and events of one object: what waits for what.

/** An object's state with its storage over a recorder. */
function object(t, options) {
  const storage = t.storage(options);
  return { storage, state: t.state(storage) };
}

export default {
  async "block-concurrency-while"(t) {
    const { storage, state } = object(t);
    const gate = t.deferred();
    const blocked = t.start("block", () =>
      state.blockConcurrencyWhile(async () => {
        t.log("blocking");
        await gate.promise;
        await storage.put("ready", true);
        return "unblocked";
      }),
    );
    const event = t.start("event", () => t.event(state, () => storage.get("ready")));
    await t.turn(3);
    t.log("open");
    gate.resolve();
    await Promise.all([blocked, event]);
  },
  async "block-concurrency-while-fails"(t) {
    const { storage, state } = object(t);
    await t.call("block", () =>
      state.blockConcurrencyWhile(async () => {
        throw new Error("in the block");
      }),
    );
    await t.call("block", () =>
      state.blockConcurrencyWhile(() => {
        throw new Error("thrown in the block");
      }),
    );
    await t.call("event", () => t.event(state, () => storage.get("a")));
  },
  async "block-inside-an-event"(t) {
    const { storage, state } = object(t);
    const first = t.start("first", () =>
      t.event(state, async () => {
        const result = await state.blockConcurrencyWhile(async () => {
          await t.turn(2);
          await storage.put("a", 1);
          return "block";
        });
        t.log("out of the block");
        return result;
      }),
    );
    const second = t.start("second", () => t.event(state, () => storage.get("a")));
    await Promise.all([first, second]);
  },
  async "nested-blocks"(t) {
    const { storage, state } = object(t);
    const outer = t.start("outer", () =>
      state.blockConcurrencyWhile(async () => {
        t.log("outer");
        await state.blockConcurrencyWhile(async () => {
          t.log("inner");
          await storage.put("a", 1);
        });
        t.log("outer again");
        return storage.get("a");
      }),
    );
    const event = t.start("event", () => t.event(state, () => storage.get("a")));
    await Promise.all([outer, event]);
  },
  async "several-blocks"(t) {
    const { storage, state } = object(t);
    const block = (name) =>
      t.start(name, () =>
        state.blockConcurrencyWhile(async () => {
          t.log(name, "in");
          await storage.put(name, 1);
          t.log(name, "out");
          return name;
        }),
      );
    await Promise.all([block("a"), block("b"), block("c")]);
  },
  async "transaction-holds-events-back"(t) {
    const { storage, state } = object(t);
    const gate = t.deferred();
    const first = t.start("first", () =>
      t.event(state, () =>
        storage.transaction(async (txn) => {
          t.log("transaction begins");
          await txn.put("a", 1);
          await gate.promise;
          t.log("transaction ends");
        }),
      ),
    );
    const second = t.start("second", () => t.event(state, () => storage.get("a")));
    await t.turn(5);
    t.log("open");
    gate.resolve();
    await Promise.all([first, second]);
  },
  async "transactions-of-concurrent-events"(t) {
    const { storage, state } = object(t);
    let ran = 0;
    const event = () =>
      t.event(state, () =>
        storage.transaction(async (txn) => {
          ran++;
          const n = ((await txn.get("n")) ?? 0) + 1;
          await txn.put("n", n);
          return n;
        }),
      );
    t.log(await Promise.all([event(), event(), event(), event()]), "ran", ran);
  },
  async "transaction-un-awaited-put-in-an-event"(t) {
    const { storage, state } = object(t);
    await t.call("event", () =>
      t.event(state, async () => {
        await storage.transaction(async (txn) => {
          txn.put("a", 1);
          txn.put("b", 2);
        });
        return storage.get(["a", "b"]);
      }),
    );
  },
  async "reads-in-a-transaction-hold-events-back"(t) {
    const { storage, state } = object(t, { turns: 2 });
    const event = (name) =>
      t.start(name, () =>
        t.event(state, async () => {
          t.log(name, "in");
          await storage.transaction(async (txn) => {
            t.log(name, await txn.get("a"), await txn.list());
            await txn.put("a", name);
          });
          return name;
        }),
      );
    await Promise.all([event("first"), event("second")]);
  },
  async "the-closure-of-an-event"(t) {
    const { state } = object(t);
    await t.call("value", () => t.event(state, () => 1));
    await t.call("promise", () => t.event(state, async () => 2));
    await t.call("throws", () =>
      t.event(state, () => {
        throw new RangeError("in the event");
      }),
    );
    t.log(t.event(state, () => 1) instanceof Promise);
  },
  async "wait-until"(t) {
    const { state } = object(t);
    await t.call(() => state.waitUntil(Promise.resolve(1)));
    await t.call(() => state.waitUntil());
  },
  async "gates-of-the-shared-package"(t) {
    const storage = t.storage({ turns: 1 });
    const input = new t.shared.InputGate();
    const output = new t.shared.OutputGate();
    const first = input.runWith(() =>
      output.runWith(async () => {
        storage.put("a", 1);
        t.log("first reads", await storage.get("a"));
        return "first";
      }),
    );
    const second = input.runWith(() => t.log("second in"));
    t.log(await first);
    await second;
  },
};
