/*
spec: 4.1 input gate, timers
covers: Timers fire in the order of their times, and of their setting when equal; clearTimeout, setInterval, arguments
object: OBJ Obj
*/
import { Journal, pause, toObject } from "./observe.mjs";

export class Obj {
  async fetch() {
    const log = new Journal();
    setTimeout(() => log.note("60"), 60);
    setTimeout(() => log.note("20"), 20);
    setTimeout(() => log.note("40"), 40);
    setTimeout(() => log.note("20, set second"), 20);
    setTimeout((...args) => log.note("arguments", ...args), 30, "a", 2);
    clearTimeout(setTimeout(() => log.note("never"), 10));
    setTimeout(() => {
      log.note("0");
      Promise.resolve().then(() => log.note("microtask of the timer"));
      queueMicrotask(() => log.note("queued microtask"));
    }, 0);
    setTimeout(() => log.note("0, set second"), 0);
    log.note("end of turn");
    await null;
    log.note("microtask");
    await pause(100);
    let ticks = 0;
    await new Promise((resolve) => {
      const interval = setInterval(() => {
        if (++ticks === 3) resolve(clearInterval(interval));
      }, 5);
    });
    await pause(20);
    log.note("ticks", ticks);
    log.note("clearing nothing", clearTimeout(undefined), clearInterval(null));
    return log.response();
  }
}

export default toObject("OBJ");
