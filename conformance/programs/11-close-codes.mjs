/*
spec: 11.3 close
covers: Close code table, reasons without code, too long reasons; what the other end sees
*/
import { Journal, pause } from "./observe.mjs";

export default {
  async fetch() {
    const log = new Journal();
    const open = () => {
      const [a, b] = Object.values(new WebSocketPair());
      a.accept();
      b.accept();
      const seen = [];
      b.addEventListener("close", ({ code, reason, wasClean }) =>
        seen.push(code, reason, wasClean),
      );
      return { a, seen };
    };
    const codes = [
      0, 1, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000,
      4999, 5000, 65536, -1, 1000.7,
    ];
    for (const code of codes) {
      const { a, seen } = open();
      log.attempt(`close(${code})`, () => a.close(code, "r"));
      await pause(2);
      log.note("seen", ...seen);
    }
    const attempts = {
      nothing: [],
      "undefined code": [undefined],
      "reason without code": [undefined, "why"],
      "null code": [null],
      "text code": ["1000"],
      "odd text": ["x"],
      "123 bytes": [1000, "x".repeat(123)],
      "124 bytes": [1000, "x".repeat(124)],
      "123 bytes of é": [1000, `x${"é".repeat(61)}`],
      "124 bytes of é": [1000, "é".repeat(62)],
      "undefined reason": [1000, undefined],
      "number reason": [1000, 5],
    };
    for (const [name, args] of Object.entries(attempts)) {
      const { a, seen } = open();
      log.attempt(name, () => a.close(...args));
      await pause(2);
      log.note("seen", ...seen);
    }
    return log.response();
  },
};
