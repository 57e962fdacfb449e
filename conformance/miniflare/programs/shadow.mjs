// `ShadowStorage` by itself: an overlay over a storage that notes what was read.

const bytes = (...values) => ({ value: new Uint8Array(values) });

/** A shadow over a recorder that holds a to d. */
async function shadowOf(t, recordReads) {
  const backing = t.recorder({ quiet: true });
  for (const [i, key] of ["a", "b", "c", "d"].entries()) await backing.inner.put(key, bytes(i));
  backing.quiet = false;
  return new t.mf.ShadowStorage(backing, recordReads);
}

const sorted = (set) => set && [...set].sort();

export default {
  async reads(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.has("a"));
    await t.call(() => shadow.hasMany(["a", "x", "b"]));
    await t.call(() => shadow.get("c"));
    await t.call(() => shadow.getMany(["d", "x"]));
    t.log(sorted(shadow.readSet));
  },
  async "reads-not-recorded"(t) {
    const shadow = await shadowOf(t, false);
    await t.call(() => shadow.get("c"));
    await t.call(() => shadow.list());
    await t.call(() => shadow.getAlarm());
    t.log(shadow.readSet);
  },
  async "default-records"(t) {
    const shadow = await shadowOf(t, undefined);
    t.log(shadow.readSet, shadow.copies, shadow.alarm);
  },
  async writes(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.put("a", bytes(9)));
    await t.call(() =>
      shadow.putMany([
        ["x", bytes(1)],
        ["y", bytes(2)],
      ]),
    );
    await t.call(() => shadow.get("a"));
    await t.call(() => shadow.getMany(["x", "b", "y", "z"]));
    t.log(sorted(shadow.readSet), shadow.copies);
  },
  async deletes(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.delete("a"));
    await t.call(() => shadow.delete("a"));
    await t.call(() => shadow.deleteMany(["b", "x", "a"]));
    await t.call(() => shadow.deleteMany(["c", "c"]));
    await t.call(() => shadow.has("a"));
    await t.call(() => shadow.get("b"));
    t.log(sorted(shadow.readSet), shadow.copies);
  },
  async "has-with-copies"(t) {
    const shadow = await shadowOf(t);
    shadow.put("x", bytes(1));
    await shadow.delete("a");
    await t.call(() => shadow.hasMany(["a", "b", "x", "y"]));
    await t.call(() => shadow.hasMany(["x", "a"]));
    await t.call(() => shadow.hasMany([]));
    await t.call(() => shadow.has("x"));
  },
  async "get-with-copies-only"(t) {
    const shadow = await shadowOf(t);
    shadow.put("x", bytes(1));
    await t.call(() => shadow.get("x"));
    await t.call(() => shadow.getMany(["x", "x"]));
    await t.call(() => shadow.getMany([]));
    await t.call(() => shadow.getMany(["a", "a", "x"]));
  },
  async "copies-are-copies"(t) {
    const shadow = await shadowOf(t);
    const value = bytes(1, 2, 3);
    shadow.put("x", value);
    value.value[0] = 9;
    const read = await shadow.get("x");
    read.value[1] = 9;
    t.log(await shadow.get("x"), shadow.copies.get("x"));
  },
  async "metadata-is-dropped"(t) {
    const shadow = await shadowOf(t);
    shadow.put("x", { ...bytes(1), metadata: { m: 1 }, expiration: 5 });
    t.log(await shadow.get("x"), shadow.copies);
  },
  async lists(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.list());
    shadow.put("bb", bytes(1));
    await shadow.delete("c");
    await t.call(() => shadow.list());
    await t.call(() => shadow.list({ limit: 2 }));
    await t.call(() => shadow.list({ reverse: true, limit: 2 }));
    await t.call(() => shadow.list({ prefix: "b" }));
    await t.call(() => shadow.list({ excludePrefix: "b" }));
    await t.call(() => shadow.list({ start: "b", end: "d" }));
    t.log(sorted(shadow.readSet));
  },
  async "list-read-set"(t) {
    const shadow = await shadowOf(t);
    await shadow.list({ limit: 1 });
    t.log(sorted(shadow.readSet));
    shadow.put("e", bytes(1));
    await shadow.list({ start: "c" });
    t.log(sorted(shadow.readSet));
  },
  async "list-of-a-slow-backing"(t) {
    const shadow = await shadowOf(t);
    shadow.put("e", bytes(1));
    shadow.inner.turns = 2;
    const list = t.start("list", () => shadow.list());
    await t.turn();
    shadow.put("f", bytes(1));
    await shadow.deleteMany(["a"]);
    await list;
  },
  async alarm(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.getAlarm());
    await t.call(() => shadow.setAlarm(5000));
    await t.call(() => shadow.getAlarm());
    t.log(shadow.alarm);
    await t.call(() => shadow.setAlarm(new Date(7000)));
    t.log(shadow.alarm);
    await t.call(() => shadow.deleteAlarm());
    t.log(shadow.alarm, sorted(shadow.readSet), shadow.copies.size);
    await t.call(() => shadow.getAlarm());
  },
  async "alarm-of-the-backing"(t) {
    const shadow = await shadowOf(t);
    await shadow.inner.inner.put(t.mf.ALARM_KEY, { ...bytes(), metadata: { scheduledTime: 77 } });
    await t.call(() => shadow.getAlarm());
    await shadow.inner.inner.put(t.mf.ALARM_KEY, bytes());
    await t.call(() => shadow.getAlarm());
  },
  async "alarm-wrong-types"(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.setAlarm("text"));
    await t.call(() => shadow.setAlarm());
  },
  async unsupported(t) {
    const shadow = await shadowOf(t);
    await t.call(() => shadow.head("a"));
    await t.call(() => shadow.getRange("a", {}));
    await t.call(() => shadow.getSqliteDatabase());
  },
  async "copies-by-hand"(t) {
    const shadow = await shadowOf(t);
    shadow.copies.set("x", bytes(5));
    shadow.copies.set("a", undefined);
    await t.call(() => shadow.getMany(["a", "b", "x"]));
    await t.call(() => shadow.list());
    await t.call(() => shadow.hasMany(["a", "b", "x"]));
    shadow.copies.delete("a");
    await t.call(() => shadow.get("a"));
    shadow.copies.clear();
    await t.call(() => shadow.getMany(["a", "x"]));
  },
  async "sets-by-hand"(t) {
    const shadow = await shadowOf(t);
    shadow.alarm = 5000;
    await t.call(() => shadow.getAlarm());
    shadow.alarm = undefined;
    await t.call(() => shadow.getAlarm());
    const reads = shadow.readSet;
    await shadow.get("a");
    reads.delete("a");
    reads.add("z");
    await shadow.list({ start: "c" });
    t.log(sorted(reads), reads === shadow.readSet, "alarm" in shadow, "readSet" in shadow);
  },
  async "shadow-of-a-shadow"(t) {
    const lower = await shadowOf(t);
    lower.put("x", bytes(1));
    await lower.delete("a");
    const upper = new t.mf.ShadowStorage(lower);
    await t.call(() => upper.list());
    await t.call(() => upper.getMany(["a", "b", "x"]));
    upper.put("a", bytes(2));
    await t.call(() => upper.list({ limit: 2 }));
    await t.call(() => upper.getAlarm());
    t.log(sorted(upper.readSet), sorted(lower.readSet));
  },
  async "failing-backing"(t) {
    const shadow = await shadowOf(t);
    shadow.inner.fail = { getMany: [1], list: [1], hasMany: [1] };
    await t.call(() => shadow.get("a"));
    await t.call(() => shadow.list());
    await t.call(() => shadow.delete("a"));
    t.log(sorted(shadow.readSet), shadow.copies.size);
  },
  async "class-and-properties"(t) {
    const shadow = await shadowOf(t);
    t.log(
      shadow instanceof t.shared.Storage,
      shadow.constructor.name,
      shadow.readSet instanceof Set,
    );
    t.log(shadow.copies instanceof Map, "inner" in shadow);
  },
};
