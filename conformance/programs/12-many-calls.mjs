/*
spec: 12 limits, 4.1 fairness
covers: 500 calls made together to one object, and one each to 200 objects
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  order = [];
  async fetch(request) {
    this.order.push(Number(new URL(request.url).pathname.slice(1)));
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return Response.json([count, this.order.every((number, i) => number === i)]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const call = async (stub, number) => (await stub.fetch(`http://x/${number}`)).json();
    const one = OBJ.getByName("one");
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => call(one, i)));
    log.note(
      "one object",
      answers.at(-1),
      answers.every(([count], i) => count === i + 1),
    );
    const many = Array.from({ length: 200 }, (_, i) => call(OBJ.getByName(`object ${i}`), 0));
    log.note(
      "many objects",
      (await Promise.all(many)).every(([count]) => count === 1),
    );
    return log.response();
  },
};
