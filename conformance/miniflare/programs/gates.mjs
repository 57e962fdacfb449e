// Storage under the gates of `@miniflare/shared`: what waits for what inside an object.

/** An object's state with its storage over a recorder. */
function object(t, options) {
  const storage = t.storage(options);
  return { storage, state: t.state(storage) };
}

/** `count` events, each adding one with a read and a write. */
async function increments(t, { storage, state }, count, options) {
  const one = async (i) => {
    const n = ((await storage.get("n", options)) ?? 0) + 1;
    await storage.put("n", n, options);
    return `${i}:${n}`;
  };
  const events = Array.from({ length: count }, (_, i) => t.event(state, () => one(i)));
  t.log((await Promise.all(events)).join(" "));
}

export default {
  async "concurrent-increments"(t) {
    const parts = object(t);
    await increments(t, parts, 5);
    await t.call(() => parts.storage.get("n"));
  },
  async "concurrent-increments-slow-backing"(t) {
    const parts = object(t, { turns: 2 });
    await increments(t, parts, 4);
    await t.call(() => parts.storage.get("n"));
  },
  async "concurrent-increments-allowed-to-race"(t) {
    const parts = object(t);
    await increments(t, parts, 4, { allowConcurrency: true });
    await t.call(() => parts.storage.get("n"));
  },
  async "put-right-behind-get"(t) {
    const { storage, state } = object(t);
    const event = (name) =>
      t.event(state, async () => {
        t.log(name, "begins");
        t.log(name, "reads", await storage.get("a"));
        storage.put("a", name);
        t.log(name, "reads", await storage.get("a"));
        t.log(name, "ends");
      });
    await Promise.all([event("first"), event("second"), event("third")]);
  },
  async "result-waits-for-writes"(t) {
    const { storage, state } = object(t, { turns: 3 });
    await t.start("event", () =>
      t.event(state, () => {
        storage.put("a", 1);
        return "result";
      }),
    );
  },
  async "result-does-not-wait-when-unconfirmed"(t) {
    const { storage, state } = object(t, { turns: 30 });
    await t.start("event", () =>
      t.event(state, () => {
        t.start(() => storage.put("a", 1, { allowUnconfirmed: true }));
        return "result";
      }),
    );
    await t.turn(40);
  },
  async "result-waits-for-deletes-and-alarms"(t) {
    const { storage, state } = object(t, { turns: 2 });
    for (const write of [
      () => storage.delete("a"),
      () => storage.deleteAll(),
      () => storage.setAlarm(1_700_000_000_000),
      () => storage.deleteAlarm(),
      () => storage.transaction((txn) => txn.put("b", 1)),
    ]) {
      await t.start("event", () =>
        t.event(state, () => {
          t.start("write", write);
          return "result";
        }),
      );
    }
  },
  async "failed-write-fails-the-event"(t) {
    const { storage, state } = object(t, { fail: { putMany: [1] } });
    await t.call("event", () =>
      t.event(state, () => {
        storage.put("a", 1);
        return "result";
      }),
    );
    await t.call("next", () => t.event(state, () => storage.get("a")));
  },
  async "failed-write-caught"(t) {
    const { storage, state } = object(t, { fail: { putMany: [1] } });
    await t.call("event", () =>
      t.event(state, async () => {
        await t.call(() => storage.put("a", 1));
        return "result";
      }),
    );
  },
  async "failed-unconfirmed-write"(t) {
    const { storage, state } = object(t, { fail: { putMany: [1] } });
    await t.call("event", () =>
      t.event(state, () => {
        t.start("write", () => storage.put("a", 1, { allowUnconfirmed: true }));
        return "result";
      }),
    );
  },
  async "every-read-holds-events-back"(t) {
    const { storage, state } = object(t, { turns: 2 });
    for (const [name, read] of Object.entries({
      get: (options) => storage.get("a", options),
      getMany: (options) => storage.get(["a"], options),
      list: (options) => storage.list(options),
      getAlarm: (options) => storage.getAlarm(options),
    })) {
      for (const options of [undefined, { allowConcurrency: true }]) {
        const first = t.event(state, async () => {
          await read(options);
          t.log(name, options, "read");
        });
        const second = t.event(state, () => t.log(name, options, "other event"));
        await Promise.all([first, second]);
      }
    }
  },
  async "every-write-holds-events-back"(t) {
    const { storage, state } = object(t, { turns: 2 });
    for (const [name, write] of Object.entries({
      put: (options) => storage.put("a", 1, options),
      putMany: (options) => storage.put({ a: 1 }, options),
      delete: (options) => storage.delete("a", options),
      deleteAll: (options) => storage.deleteAll(options),
      setAlarm: (options) => storage.setAlarm(1_700_000_000_000, options),
      deleteAlarm: (options) => storage.deleteAlarm(options),
    })) {
      for (const options of [undefined, { allowConcurrency: true }]) {
        const first = t.event(state, async () => {
          await write(options);
          t.log(name, options, "written");
        });
        const second = t.event(state, () => t.log(name, options, "other event"));
        await Promise.all([first, second]);
      }
    }
  },
  async "sync-does-not-hold-events-back"(t) {
    const { storage, state } = object(t, { turns: 4 });
    const first = t.event(state, async () => {
      storage.put("a", 1, { allowConcurrency: true });
      await storage.sync();
      t.log("synced");
    });
    const second = t.event(state, () => t.log("other event"));
    await Promise.all([first, second]);
  },
  async "coalescing-in-an-event"(t) {
    const { storage, state } = object(t);
    await t.call("event", () =>
      t.event(state, async () => {
        storage.put("a", 1);
        storage.put("b", 2);
        storage.delete("c");
        await storage.put("d", 4);
        return storage.get(["a", "b"]);
      }),
    );
  },
  async "coalescing-with-concurrency-allowed"(t) {
    const { storage, state } = object(t);
    await t.call("event", () =>
      t.event(state, () => {
        storage.put("a", 1, { allowConcurrency: true });
        storage.put("b", 2);
        storage.put("c", 3, { allowConcurrency: true });
        return storage.get("b", { allowConcurrency: true });
      }),
    );
  },
};
