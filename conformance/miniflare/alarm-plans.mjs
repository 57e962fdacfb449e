// Random alarms of several objects over hours, one call after another.
import { randomOf } from "./random.mjs";

const NOW = 1_700_000_000_000;
const KEYS = ["TEST:a", "TEST:b", "TEST:c", "B:d"];
/** Around the bounds of what gets a timer at once, and of when the others are looked for. */
const DISTANCES_MS = [
  -1000, 0, 1, 5000, 29_999, 30_000, 30_001, 30_999, 31_000, 31_001, 60_000, 61_000, 3_600_000,
];
/** From so far on an alarm has no timer yet. */
const FAR_MS = 31_000;
const STEPS = 40;

/**
 * Writes what the alarms of a seed come to; `t` is a fresh set of tools.
 * @param {import("./tools.mjs").Tools} t
 * @param {number} seed
 */
export async function runAlarms(t, seed) {
  const random = randomOf(seed);
  const choose = (list) => list[random(list.length)];
  t.fakeTime(NOW);
  const alarms = t.recorder({ name: "alarms" });
  const fires = async (key) => t.log("fires", key, "at", t.clock.now - NOW);
  let life = await begin(t, alarms, fires);
  for (let step = 0; step < STEPS; step++) {
    const key = choose(KEYS);
    const storage = life.storages.get(key);
    const time = t.clock.now + choose(DISTANCES_MS);
    const kind = random(10);
    if (kind < 4) {
      // Moved from near to far, the original fires early.
      if (time - t.clock.now >= FAR_MS) await storage.deleteAlarm();
      await storage.setAlarm(random(2) === 0 ? time : new Date(time));
    } else if (kind === 4) await storage.deleteAlarm();
    else if (kind === 5) await storage.transaction((txn) => txn.deleteAlarm());
    else if (kind === 6) await life.store.flushAlarms(random(2) === 0 ? [key] : undefined);
    else if (kind === 7 && random(3) === 0) {
      life.store.dispose();
      life = await begin(t, alarms, fires);
    } else await t.clock.advance(choose(DISTANCES_MS.filter((ms) => ms >= 0)));
    t.log(step, key, await storage.getAlarm(), "timers", t.clock.timers.length);
  }
  life.store.dispose();
}

/** A store that has loaded what is kept, with a storage for each object. */
async function begin(t, alarms, fires) {
  const store = new t.mf.AlarmStore();
  await store.setupStore({ storage: () => alarms });
  await store.setupAlarms(fires);
  const storageOf = (key) =>
    new t.mf.DurableObjectStorage(t.recorder({ name: key }), store.buildBridge(key));
  return { store, storages: new Map(KEYS.map((key) => [key, storageOf(key)])) };
}
