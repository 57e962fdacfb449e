/*
spec: 4.1 microtasks, several events
covers: Events begun together each see the storage as the one before left it, whatever microtasks they await
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  inside = 0;
  overlap = 0;
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    this.inside++;
    this.overlap = Math.max(this.overlap, this.inside);
    for (let i = 0; i < 20; i++) await null;
    const value = (await this.storage.get("value")) ?? 0;
    await Promise.resolve().then(() => null);
    await this.storage.put("value", value + 1);
    await this.storage.get(["value", "other"]);
    this.inside--;
    return Response.json([value + 1, this.overlap]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => OBJ.getByName("a").fetch("http://x/")),
    );
    log.note(
      "answers",
      (await Promise.all(answers.map((answer) => answer.json()))).sort((a, b) => a[0] - b[0]),
    );
    return log.response();
  },
};
