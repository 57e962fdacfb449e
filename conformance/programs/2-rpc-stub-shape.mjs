/*
spec: 2.2 stub
covers: Own properties, typeof of members, what is not forwarded; own properties of the user shadow methods
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  ping() {
    return "pong";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  log.note("stub", typeof stub, Object.keys(stub), stub.name, Object.prototype.toString.call(stub));
  const { ping } = stub;
  log.note("member", typeof ping, ping instanceof Function);
  log.note("same member", stub.ping === stub.ping);
  log.note("member of a member", typeof ping.some.thing);
  log.note("tags", Object.prototype.toString.call(ping), String(ping));
  log.note("unknown member", typeof stub.anything, typeof stub[0], typeof stub[""]);
  log.note(
    "symbols",
    typeof stub[Symbol.iterator],
    typeof stub[Symbol.toPrimitive],
    stub[Symbol.for("x")],
  );
  log.note("in", "ping" in stub, "name" in stub, "fetch" in stub, "toString" in stub);
  log.note(
    "own",
    Object.hasOwn(stub, "ping"),
    Object.hasOwn(stub, "id"),
    Object.getOwnPropertyNames(stub),
  );
  log.note("JSON", Object.keys(JSON.parse(JSON.stringify({ ...stub, id: 0 }))));
  stub.ping = () => "shadowed";
  stub.other = 5;
  log.note("shadowed", stub.ping(), stub.other, Object.keys(stub));
  delete stub.ping;
  log.note("again", await stub.ping());
  log.note(
    "promise",
    stub.ping().constructor.name,
    stub.ping() instanceof Promise,
    typeof stub.ping(),
  );
  log.note(
    "then of a call",
    typeof stub.ping().then,
    typeof stub.ping().catch,
    typeof stub.ping().finally,
  );
  log.note("then of a member", typeof ping.then, typeof ping.catch, typeof ping.finally);
  log.note("chained", await stub.ping().then((value) => `${value}!`));
  log.note("finally", await stub.ping().finally(() => "ignored"));
  log.note("caught", await stub.nope().catch((error) => error.message));
});
