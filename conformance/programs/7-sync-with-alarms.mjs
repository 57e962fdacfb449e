/*
spec: 7.2, 9.1
covers: transactionSync rolls back alarms
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
    const far = Date.now() + 3_600_000;
    const shown = async () => {
      const time = await storage.getAlarm();
      return time === null ? null : (time - far) / 1000;
    };
    log.attempt("set, thrown", () =>
      storage.transactionSync(() => {
        storage.setAlarm(far);
        throw new RangeError("mine");
      }),
    );
    log.note("alarm", await shown());
    log.attempt("set", () => storage.transactionSync(() => void storage.setAlarm(far)));
    log.note("alarm", await shown());
    log.attempt("moved, thrown", () =>
      storage.transactionSync(() => {
        storage.setAlarm(far + 5000);
        throw new RangeError("mine");
      }),
    );
    log.note("alarm", await shown());
    log.attempt("deleted, thrown", () =>
      storage.transactionSync(() => {
        storage.deleteAlarm();
        throw new RangeError("mine");
      }),
    );
    log.note("alarm", await shown());
    log.attempt("inner undone", () =>
      storage.transactionSync(() => {
        storage.setAlarm(far + 1000);
        try {
          storage.transactionSync(() => {
            storage.deleteAlarm();
            throw new RangeError("inner");
          });
        } catch {}
      }),
    );
    log.note("alarm", await shown());
    let inside;
    storage.transactionSync(() => {
      storage.setAlarm(far + 2000);
      inside = shown();
      storage.deleteAlarm();
    });
    log.note("read inside", await inside, await shown());
  }
}

export default asking("OBJ", ["run"]);
