/*
spec: 9.4 retry policy
covers: Whatever is thrown counts as a failure: values, rejected promises, a handler that fails at once
object: OBJ Obj sqlite
tag: slow
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  tell(line) {
    const { kv } = this.ctx.storage;
    kv.put("lines", [...(kv.get("lines") ?? []), line]);
  }
  /** Waits until there are so many lines, and tells them. */
  async told(log, count, { seconds = 15 } = {}) {
    const { kv } = this.ctx.storage;
    for (let i = 0; i < seconds * 50 && (kv.get("lines") ?? []).length < count; i++)
      await pause(20);
    for (const line of kv.get("lines") ?? []) log.note(line);
    kv.delete("lines");
  }
  alarm({ retryCount }) {
    this.tell(`run of ${this.ctx.id.name}: retry ${retryCount}`);
    if (retryCount > 0) return;
    switch (this.ctx.id.name) {
      case "value":
        throw "text";
      case "nothing":
        throw undefined;
      case "rejected":
        return Promise.reject(new RangeError("mine"));
      case "response":
        return new Response();
    }
  }
  async start() {
    await this.ctx.storage.setAlarm(Date.now());
  }
  async look(log) {
    await this.told(log, this.ctx.id.name === "response" ? 1 : 2);
  }
}

export default {
  async fetch(request, env) {
    const names = ["value", "nothing", "rejected", "response"];
    await Promise.all(names.map((name) => asking("OBJ", ["start"], { name }).fetch(request, env)));
    const answers = await Promise.all(
      names.map((name) => asking("OBJ", ["look"], { name }).fetch(request, env)),
    );
    return new Response((await Promise.all(answers.map((answer) => answer.text()))).join(""));
  },
};
