// `ReadWriteMutex`: who gets in, and in which order.

/** Starts sections that log when they are entered and stay until their gate opens. */
function sections(t, mutex) {
  const gates = {};
  const start = (kind) => (name) => {
    gates[name] = t.deferred();
    return t.start(`${kind} ${name}`, () =>
      mutex[kind === "read" ? "runWithRead" : "runWithWrite"](async () => {
        t.log(`${name} is in`);
        const result = await gates[name].promise;
        t.log(`${name} goes`);
        return result;
      }),
    );
  };
  return { gates, read: start("read"), write: start("write") };
}

/** Starts sections in the order given (`r1 w1 …`), then opens their gates in another order. */
const orders = (starts, opens) => async (t) => {
  const mutex = new t.mf.ReadWriteMutex();
  const { gates, read, write } = sections(t, mutex);
  const all = starts.split(" ").map((name) => (name[0] === "r" ? read(name) : write(name)));
  await t.turn();
  for (const name of opens.split(" ")) {
    t.log(`open ${name}`);
    gates[name].resolve(name);
    await t.turn();
  }
  await Promise.all(all);
};

export default {
  readers: orders("r1 r2 r3", "r2 r1 r3"),
  writers: orders("w1 w2 w3", "w1 w2 w3"),
  "reader-then-writer": orders("r1 w1 r2", "r1 w1 r2"),
  "writer-then-readers": orders("w1 r1 r2 w2 r3", "w1 w2 r3 r2 r1"),
  "waiting-writers-first": orders("r1 r2 w1 r3 w2 r4", "r2 r1 w1 w2 r4 r3"),
  "opened-ahead": orders("w1 w2 r1 r2", "w2 r1 r2 w1"),
  async "enters-at-once-when-free"(t) {
    const mutex = new t.mf.ReadWriteMutex();
    const read = mutex.runWithRead(() => t.log("reading"));
    t.log("behind the read");
    await read;
    const write = mutex.runWithWrite(() => t.log("writing"));
    t.log("behind the write");
    await write;
  },
  async results(t) {
    const mutex = new t.mf.ReadWriteMutex();
    await t.call(() => mutex.runWithRead(() => 1));
    await t.call(() => mutex.runWithRead(async () => 2));
    await t.call(() => mutex.runWithWrite(() => 3));
    await t.call(() => mutex.runWithWrite(async () => 4));
  },
  async failures(t) {
    const mutex = new t.mf.ReadWriteMutex();
    const fail = () => {
      throw new Error("in the section");
    };
    await t.call("read throws", () => mutex.runWithRead(fail));
    await t.call("write throws", () => mutex.runWithWrite(fail));
    await t.call("read rejects", () => mutex.runWithRead(async () => fail()));
    await t.call("write rejects", () => mutex.runWithWrite(async () => fail()));
    await t.call("free again", () => mutex.runWithWrite(() => "in"));
  },
  async "queue-behind-failures"(t) {
    const mutex = new t.mf.ReadWriteMutex();
    const section = (name, fails) => async () => {
      t.log(`${name} is in`);
      await t.turn();
      if (fails) throw new Error(name);
      return name;
    };
    await Promise.all([
      t.start("w1", () => mutex.runWithWrite(section("w1", true))),
      t.start("r1", () => mutex.runWithRead(section("r1", true))),
      t.start("w2", () => mutex.runWithWrite(section("w2", false))),
      t.start("r2", () => mutex.runWithRead(section("r2", false))),
    ]);
  },
  async "queued-from-inside"(t) {
    const mutex = new t.mf.ReadWriteMutex();
    let inner;
    await t.call("outer read", () =>
      mutex.runWithRead(async () => {
        inner = [
          t.start("inner write", () => mutex.runWithWrite(() => "written")),
          t.start("inner read", () => mutex.runWithRead(() => "read")),
        ];
        await t.turn();
        t.log("outer goes");
      }),
    );
    await Promise.all(inner);
  },
  async "long-queue"(t) {
    const mutex = new t.mf.ReadWriteMutex();
    const order = [];
    const section = (name) => async () => {
      order.push(name);
      await undefined;
    };
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        i % 3 === 0 ? mutex.runWithWrite(section(`w${i}`)) : mutex.runWithRead(section(`r${i}`)),
      ),
    );
    t.log(order.join(" "));
  },
};
