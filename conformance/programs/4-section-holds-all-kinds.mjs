/*
spec: 4.1, 3.4
covers: During a section no event enters: call, property, fetch, socket message, alarm; then all in the order of their arrival
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { connect, noting, pause, upgrade } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async section() {
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.ctx.storage.setAlarm(Date.now());
      this.seen.push("section begins");
      await pause(60);
      this.seen.push("section ends");
    });
    this.seen.push("after the section");
  }
  call(number) {
    this.seen.push(`call ${number}`);
  }
  get property() {
    this.seen.push("property");
    return 1;
  }
  fetch(request) {
    if (request.headers.get("upgrade")) return upgrade((ws) => this.ctx.acceptWebSocket(ws));
    this.seen.push("fetch");
    return new Response();
  }
  webSocketMessage(_ws, message) {
    this.seen.push(message);
  }
  alarm() {
    this.alarmRan = true;
  }
  async order() {
    while (!this.alarmRan) await pause(5);
    return this.seen;
  }
}

export default noting(async (log, { OBJ }) => {
  const { webSocket } = await connect(OBJ.getByName("a"));
  const stub = OBJ.getByName("a");
  await stub.call(0);
  const section = stub.section();
  await pause(10);
  const calls = [stub.call(1)];
  await pause(4);
  calls.push(stub.property.then(() => {}));
  await pause(4);
  calls.push(stub.fetch("http://x/"));
  await pause(4);
  webSocket.send("message");
  await pause(4);
  calls.push(stub.call(2));
  await Promise.all([section, ...calls]);
  log.note("order", await stub.order());
});
