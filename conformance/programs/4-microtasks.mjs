/*
spec: 4.1 microtasks
covers: Order of microtasks, storage awaits, queueMicrotask, timers and calls in one event and between two
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async run(name) {
    const { seen, ctx } = this;
    seen.push(`${name} begins`);
    const timer = new Promise((resolve) =>
      setTimeout(() => resolve(seen.push(`${name} timer`)), 0),
    );
    queueMicrotask(() => seen.push(`${name} microtask`));
    Promise.resolve().then(() => seen.push(`${name} then`));
    await null;
    seen.push(`${name} after null`);
    await ctx.storage.put(name, 1);
    await ctx.storage.get(name);
    await ctx.storage.list();
    seen.push(`${name} after storage`);
    await timer;
    seen.push(`${name} ends`);
  }
  order() {
    return this.seen.splice(0);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await stub.run("one");
  log.note("one", await stub.order());
  const [a, b] = [stub.run("a"), stub.run("b")];
  await Promise.all([a, b]);
  const order = await stub.order();
  log.note(
    "a alone",
    order.filter((line) => line.startsWith("a")),
  );
  log.note(
    "b alone",
    order.filter((line) => line.startsWith("b")),
  );
  log.note("a's turn is whole", order.indexOf("a after storage") < order.indexOf("b begins"));
});
