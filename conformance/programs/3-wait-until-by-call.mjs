/*
spec: 3.2 waitUntil
covers: waitUntil of an object reached by calls: never delays the answer, goes on after it
object: OBJ Obj
*/
import { DurableObject, waitUntil } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  later() {
    this.ctx.waitUntil(pause(20).then(() => this.seen.push("ctx.waitUntil")));
    waitUntil(pause(20).then(() => this.seen.push("imported waitUntil")));
    return this.seen.length;
  }
  floating() {
    pause(10).then(() => this.seen.push("without waitUntil"));
  }
  list() {
    return this.seen.sort();
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  log.note("at once", await stub.later());
  await stub.floating();
  await pause(60);
  log.note("later", await stub.list());
});
