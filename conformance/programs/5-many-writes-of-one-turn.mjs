/*
spec: 4.4, 5.1
covers: Thousands of writes, overwrites and deletes of one turn; what is read during it, after it, and after a restart
object: OBJ Obj
request: GET /write
request: GET /read
restart:
request: GET /read
*/
import { toObject } from "./observe.mjs";

async function summary(storage) {
  const all = await storage.list();
  let sum = 0;
  for (const [key, value] of all) sum = (sum * 31 + key.length + value) % 1_000_003;
  return [
    all.size,
    sum,
    [...all.keys()].slice(0, 3),
    await storage.get("k7"),
    await storage.get("k8"),
  ];
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch(request) {
    if (request.url.endsWith("/write")) {
      for (let i = 0; i < 3000; i++) this.storage.put(`k${i}`, i);
      for (let i = 0; i < 3000; i += 3) this.storage.put(`k${i}`, -i);
      for (let i = 1; i < 3000; i += 3) this.storage.delete(`k${i}`);
      await this.storage.put(
        Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i * 2}`, i])),
      );
    }
    return Response.json(await summary(this.storage));
  }
}

export default toObject("OBJ");
