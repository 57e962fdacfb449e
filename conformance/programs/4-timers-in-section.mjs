/*
spec: 4.1 timers
covers: Timers, intervals and scheduler.wait set inside a section fire in it; ones set before it and due later fire after it
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  async run() {
    const seen = [];
    const done = new Promise((resolve) => {
      setTimeout(() => {
        seen.push("timer from before");
        resolve();
      }, 60);
    });
    await this.ctx.blockConcurrencyWhile(async () => {
      seen.push("section begins");
      await pause(1);
      seen.push("first timer");
      await scheduler.wait(5);
      seen.push("scheduler");
      await new Promise((resolve) => {
        let ticks = 0;
        const interval = setInterval(() => {
          seen.push(`tick ${++ticks}`);
          if (ticks < 3) return;
          clearInterval(interval);
          resolve();
        }, 2);
      });
      const never = setTimeout(() => seen.push("never"), 5);
      clearTimeout(never);
      await pause(20);
      seen.push("section ends");
    });
    seen.push("after");
    await done;
    return seen;
  }
}

export default noting(async (log, { OBJ }) => {
  log.note("order", await OBJ.getByName("a").run());
});
