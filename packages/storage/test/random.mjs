// Random programs of storage operations, the same for the same seed.

/** A generator of numbers below 1 (mulberry32). */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` operations on `keys`, as `[method, ...arguments]`; `["at", seconds]` moves the clock. */
export function program(seed, keys, count) {
  const random = generator(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (of) => of[below(of.length)];
  const key = () => pick(keys);
  const some = () => Array.from({ length: below(5) }, key);
  const maybe = (make) => (random() < 0.3 ? make() : undefined);
  const part = () => key().slice(0, 1 + below(3));
  const value = () => ({
    value: Uint8Array.from({ length: below(40) }, () => below(256)),
    expiration: maybe(() => 990 + below(60)),
    metadata: maybe(() => pick([{ a: [below(9)] }, "text", 0, null, ""])),
  });
  const range = () =>
    pick([undefined, {}, { offset: below(30) }, { length: below(30) }, { suffix: below(30) }]);
  const options = () => ({
    prefix: maybe(part),
    excludePrefix: maybe(part),
    start: maybe(part),
    end: maybe(part),
    reverse: maybe(() => true),
    limit: maybe(() => below(6)),
    delimiter: maybe(() => pick([":", "/", "a", "1"])),
    cursor: maybe(() => Buffer.from(key()).toString("base64")),
  });
  const operations = [
    () => ["put", key(), value()],
    () => ["put", key(), value()],
    () => ["putMany", [...new Set(some())].map((each) => [each, value()])],
    () => ["get", key()],
    () => ["getMany", some()],
    () => ["has", key()],
    () => ["hasMany", some()],
    () => ["head", key()],
    () => ["getRange", key(), range()],
    () => ["delete", key()],
    () => ["deleteMany", some()],
    () => ["list", options()],
    () => ["list", options()],
    () => ["at", 1000 + below(50)],
  ];
  return Array.from({ length: count }, () => pick(operations)());
}

/** What an operation gave: its value, or its error with `root` in the text left out. */
export async function outcome(storage, [method, ...args], root = "\0") {
  try {
    return { value: await storage[method](...structuredClone(args)) };
  } catch (error) {
    const { name, code, message, cause } = error;
    return { name, code, cause: cause?.code, message: message.replaceAll(root, "<root>") };
  }
}
