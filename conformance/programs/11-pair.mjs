/*
spec: 11.1 WebSocketPair
covers: Both ends of a pair inside a Worker: states, messages before and after accept, events, close from either end, binary types
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {}

export default {
  async fetch() {
    const log = new Journal();
    const pair = new WebSocketPair();
    log.note(
      "pair",
      Object.keys(pair),
      pair.constructor.name,
      pair[0].constructor.name,
      pair[0] === pair[0],
    );
    const [a, b] = Object.values(pair);
    log.note("states", a.readyState, b.readyState, a.url, a.protocol, a.extensions);
    log.attempt("send before accept", () => a.send("early"));
    log.attempt("close before accept", () => a.close());
    const seen = [];
    for (const [name, ws] of Object.entries({ a, b })) {
      for (const type of ["open", "message", "close"])
        ws.addEventListener(type, (event) =>
          seen.push([name, type, event.data ?? event.code ?? "", ws.readyState]),
        );
    }
    a.accept();
    b.accept();
    log.attempt("accept again", () => a.accept());
    a.send("from a");
    b.send("from b");
    a.send("second");
    log.note("at once", seen.length);
    await pause(5);
    log.note("seen", seen.splice(0));
    log.attempt("send of a number", () => a.send(5));
    log.attempt("send of an object", () => a.send({}));
    log.attempt("send of nothing", () => a.send());
    await pause(5);
    log.note("seen", seen.splice(0));
    a.close(4000, "done");
    log.note("state", a.readyState, b.readyState);
    log.attempt("send after close", () => a.send("late"));
    log.attempt("close again", () => a.close(4001, "again"));
    await pause(5);
    log.note("seen", seen.splice(0), a.readyState, b.readyState);
    return log.response();
  },
};
