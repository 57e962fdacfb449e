/*
spec: 2.7, 3.1 construction
covers: Two first calls in parallel construct once; calls wait for a section of the constructor
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

let built = 0;

export class Obj extends DurableObject {
  ready = false;
  constructor(ctx, env) {
    super(ctx, env);
    built++;
    ctx.blockConcurrencyWhile(async () => {
      await pause(10);
      this.ready = true;
    });
  }
  isReady() {
    return this.ready;
  }
  get readyGetter() {
    return this.ready;
  }
}

export default noting(async (log, { OBJ }) => {
  const stubs = [OBJ.getByName("a"), OBJ.getByName("a"), OBJ.getByName("a")];
  log.note("ready", await Promise.all(stubs.map((stub) => stub.isReady())));
  log.note("built", built);
  log.note("getter", await OBJ.getByName("b").readyGetter, built);
});
