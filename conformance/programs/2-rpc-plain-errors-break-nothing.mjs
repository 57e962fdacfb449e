/*
spec: 2.7 broken stubs
covers: A plain exception in a method breaks nothing: memory, earlier writes, the stub stay; writes before the throw are committed
object: OBJ Obj sqlite
request: GET /
restart:
request: GET /after
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  memory = 0;
  async fail() {
    this.memory++;
    await this.ctx.storage.put("written", this.memory);
    throw new Error("after the write");
  }
  async state() {
    return [this.memory, await this.ctx.storage.get("written")];
  }
}

export default noting(async (log, { OBJ }, _ctx, request) => {
  const stub = OBJ.getByName("a");
  if (!request.url.endsWith("/after")) {
    for (const _ of [1, 2]) await log.try("fail", () => stub.fail().catch((e) => e.message));
  }
  log.note("state", await stub.state());
});
