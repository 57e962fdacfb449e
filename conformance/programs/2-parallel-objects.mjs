/*
spec: 0.1, 2.2
covers: Many objects at once, each with its own memory and store; objects of several classes in one request
object: A A
object: B B
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause } from "./observe.mjs";

export class A extends DurableObject {
  count = 0;
  async fetch(request) {
    const by = Number(new URL(request.url).searchParams.get("by"));
    await pause(by % 3);
    this.count += by;
    const total = ((await this.ctx.storage.get("total")) ?? 0) + by;
    await this.ctx.storage.put("total", total);
    return Response.json([this.ctx.id.name, this.count, total]);
  }
}
export class B extends A {}

export default {
  async fetch(request, env) {
    const log = new Journal();
    for (let round = 1; round <= 2; round++) {
      const calls = [];
      for (const binding of ["A", "B"]) {
        for (let i = 0; i < 12; i++)
          calls.push(env[binding].getByName(`${binding}${i}`).fetch(`http://x/?by=${i}`));
      }
      const answers = await Promise.all(
        (await Promise.all(calls)).map((response) => response.json()),
      );
      log.note(
        `round ${round}`,
        answers.map(([name, count, total]) => `${name}:${count}:${total}`).join(" "),
      );
    }
    return log.response();
  },
};
