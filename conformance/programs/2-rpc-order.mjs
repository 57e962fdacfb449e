/*
spec: 2.2 ordering
covers: Calls and property reads of one stub are delivered in call order, also before the object exists and whatever their size
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async step(number) {
    this.seen.push(number);
    await pause((number * 7) % 4);
    return number;
  }
  get read() {
    return this.seen.push("read");
  }
  large(text) {
    this.seen.push(`large ${text.length}`);
  }
  order() {
    return this.seen;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const calls = [];
  for (let i = 0; i < 24; i++) {
    if (i % 5 === 3) calls.push(stub.read.then((value) => value));
    else if (i % 5 === 4) calls.push(stub.large("x".repeat(i * 1000)));
    else calls.push(stub.step(i));
  }
  const last = stub.order();
  log.note("answers", await Promise.all(calls));
  log.note("order", await last);
});
