/*
spec: 3.2 idle, eviction
covers: After 12 s: built again when the caller holds a plain result; kept for a held function, RpcTarget or open stream, a dup of an argument
tag: slow
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

const built = {};

export class Obj extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built[ctx.id.name] = (built[ctx.id.name] ?? 0) + 1;
  }
  plain() {
    return { a: 1 };
  }
  fn() {
    return () => "called";
  }
  target() {
    return new (class extends RpcTarget {
      ping() {
        return "pong";
      }
    })();
  }
  disposed() {
    return () => "never";
  }
  callback(f) {
    this.f = f.dup();
  }
  ping() {
    return "pong";
  }
}

export default noting(async (log, { OBJ }) => {
  const held = {};
  for (const name of ["plain", "fn", "target", "disposed"])
    held[name] = await OBJ.getByName(name)[name]();
  held.disposed[Symbol.dispose]();
  await OBJ.getByName("callback").callback(() => 1);
  await pause(12_500);
  for (const name of ["plain", "fn", "target", "disposed"]) await OBJ.getByName(name).ping();
  log.note("built", built);
  log.note("held", await held.fn(), await held.target.ping());
});
