/*
spec: 9.1 API, must-test
covers: A class without alarm(): setAlarm refuses; which shapes of a handler count
object: NONE None sqlite
object: FIELD Field sqlite
object: PLAIN Plain
object: NUMBER Numeric sqlite
object: INHERITED Inherited sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

class Base extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    const time = Date.now() + 3_600_000;
    await log.try("getAlarm", () => storage.getAlarm());
    await log.try("deleteAlarm", () => storage.deleteAlarm());
    await log.try("setAlarm", () => storage.setAlarm(time));
    await log.try("wrong time", () => storage.setAlarm(0));
    await log.try("no time", () => storage.setAlarm());
    await log.try("in a transaction", () => storage.transaction((txn) => txn.setAlarm(time)));
    log.note("set", (await storage.getAlarm()) === time);
  }
}
export class None extends Base {}
export class Field extends Base {
  alarm = () => {};
}
export class Numeric extends Base {}
Numeric.prototype.alarm = 5;
class WithAlarm extends Base {
  alarm() {}
}
export class Inherited extends WithAlarm {}
export class Plain {
  constructor(ctx) {
    this.ctx = ctx;
  }
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
}
Plain.prototype.run = Base.prototype.run;

export default {
  async fetch(request, env) {
    let text = "";
    for (const binding of ["NONE", "FIELD", "NUMBER", "INHERITED", "PLAIN"]) {
      const answer = await asking(binding, ["run"]).fetch(request, env);
      text += `${binding}\n${await answer.text()}`;
    }
    return new Response(text);
  },
};
