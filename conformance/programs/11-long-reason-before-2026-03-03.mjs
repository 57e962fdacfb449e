/*
spec: 11.3 close, old dates
covers: A reason over 123 bytes before 2026-03-03
date: 2026-03-02
*/
import { Journal, pause } from "./observe.mjs";

export default {
  async fetch() {
    const log = new Journal();
    for (const length of [123, 124, 500]) {
      const [a, b] = Object.values(new WebSocketPair());
      a.accept();
      b.accept();
      const seen = [];
      b.addEventListener("close", ({ code, reason }) => seen.push(code, reason.length));
      log.attempt(`${length}`, () => a.close(1000, "x".repeat(length)));
      await pause(3);
      log.note("seen", ...seen);
    }
    return log.response();
  },
};
