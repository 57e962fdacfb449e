/*
spec: 9.1 API, must-test
covers: What setAlarm takes and refuses
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    const hour = 3_600_000;
    const set = async (label, ...args) => {
      await storage.deleteAlarm();
      const now = Date.now();
      await log.try(label, () => storage.setAlarm(...args));
      const time = await storage.getAlarm();
      const given = args[0] instanceof Date ? args[0].getTime() : args[0];
      log.note(
        "  then",
        time === null
          ? null
          : time === given
            ? "as given"
            : time === Math.trunc(Number(given))
              ? "truncated"
              : time >= now && time <= Date.now() + 5
                ? "now"
                : "other",
      );
    };
    await set("number", Date.now() + hour);
    await set("fraction", Date.now() + hour + 0.75);
    await set("Date", new Date(Date.now() + hour));
    for (const value of [
      0,
      -1,
      -0.5,
      0.5,
      NaN,
      Infinity,
      -Infinity,
      "5",
      "",
      null,
      undefined,
      true,
      {},
      [],
      5n,
      Symbol("q"),
      () => 1,
    ])
      await set(
        typeof value === "symbol"
          ? "symbol"
          : typeof value === "bigint"
            ? "bigint"
            : `${typeof value} ${typeof value === "function" ? "" : String(value)}`,
        value,
      );
    await set("nothing");
    await set("invalid Date", new Date(NaN));
    await set("Date of 1969", new Date(-5));
    await set("Date of 1970", new Date(0));
    await set("number object", new Number(Date.now() + hour));
    await set("valueOf", { valueOf: () => Date.now() + hour });
    await set("year 2189", Date.UTC(2189, 0, 1));
    await set("year 2190", Date.UTC(2190, 0, 1));
    await set("far", 8.64e15);
    await set("beyond dates", 8.64e15 + 1);
    await set("largest", Number.MAX_SAFE_INTEGER);
    await set("1e300", 1e300);
    await set("options", Date.now() + hour, { allowConcurrency: true, allowUnconfirmed: true });
    await set("options null", Date.now() + hour, null);
    await set("options 5", Date.now() + hour, 5);
    await log.try(
      "getAlarm options",
      async () => (await storage.getAlarm({ allowConcurrency: true })) > 0,
    );
    await log.try("getAlarm 5", async () => (await storage.getAlarm(5)) > 0);
    await log.try("deleteAlarm options", () =>
      storage.deleteAlarm({ allowConcurrency: true, allowUnconfirmed: true }),
    );
    await log.try("deleteAlarm again", () => storage.deleteAlarm());
    await log.try("without this", () => (0, storage.setAlarm)(5));
  }
}

export default asking("OBJ", ["run"]);
