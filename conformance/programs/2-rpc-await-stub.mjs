/*
spec: 2.2 not forwarded
covers: Awaiting, resolving or returning a stub calls nothing and constructs nothing
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

let built = 0;
let called = [];

export class Obj extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built++;
  }
  // biome-ignore lint/suspicious/noThenProperty: the case
  then() {
    called.push("then");
  }
  ping() {
    return "pong";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  log.note("await", (await stub) === stub);
  log.note("resolve", (await Promise.resolve(stub)) === stub);
  log.note("returned", (await (async () => stub)()) === stub);
  log.note(
    "all",
    (await Promise.all([stub, stub])).every((one) => one === stub),
  );
  void stub.ping;
  void stub.a.b.c;
  log.note("built", built);
  log.note("ping", await stub.ping());
  log.note("built", built, called);
});
