/*
spec: 11.1 close reply
covers: accept with allowHalfOpen and without; states in the close event; binaryType set by the app
*/
import { Journal, pause } from "./observe.mjs";

export default {
  async fetch() {
    const log = new Journal();
    for (const options of [undefined, {}, { allowHalfOpen: true }, { allowHalfOpen: false }]) {
      const [a, b] = Object.values(new WebSocketPair());
      a.accept();
      b.accept(options);
      b.addEventListener("close", ({ code }) => {
        log.note("b closed", code, b.readyState);
        log.attempt("send in it", () => b.send("half open"));
      });
      a.addEventListener("message", ({ data }) => log.note("a got", data));
      a.addEventListener("close", ({ code, reason }) =>
        log.note("a closed", code, reason, a.readyState),
      );
      a.close(4000, "a");
      await pause(5);
      log.note("states", a.readyState, b.readyState);
      if (b.readyState === 2) {
        b.close(4001, "b");
        await pause(5);
        log.note("states", a.readyState, b.readyState);
      }
    }
    for (const type of [undefined, "arraybuffer", "blob", "other"]) {
      const [a, b] = Object.values(new WebSocketPair());
      a.accept();
      b.accept();
      log.note("default", b.binaryType);
      if (type !== undefined) {
        log.attempt(`set ${type}`, () => {
          b.binaryType = type;
          return b.binaryType;
        });
      }
      b.addEventListener("message", ({ data }) => log.note("got", data.constructor.name));
      a.send(new Uint8Array([1]));
      await pause(5);
    }
    return log.response();
  },
};
