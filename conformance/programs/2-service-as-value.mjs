/*
spec: 2.4 by stub
covers: A service binding given to an object and to an entry point; a function of the entry kept by the object while it lives
service: API self#Api {"from": "binding"}
object: OBJ Obj
*/
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Api extends WorkerEntrypoint {
  hello(name) {
    return `hello ${name} ${JSON.stringify(this.ctx.props)}`;
  }
  async useObject(stub) {
    return stub.who();
  }
  async useService(service) {
    return service.hello("passed on");
  }
  give() {
    return this.env.API;
  }
}

export class Obj extends DurableObject {
  async use(service) {
    return [await service.hello(this.ctx.id.name)];
  }
  who() {
    return this.ctx.id.name;
  }
  async own() {
    return this.env.API.hello("own env");
  }
}

export default noting(async (log, { API, OBJ }, ctx) => {
  const stub = OBJ.getByName("a");
  await log.try("to an object", () => stub.use(API));
  await log.try("loopback to an object", () => stub.use(ctx.exports.Api({ props: { b: 2 } })));
  await log.try("object to a service", () => API.useObject(stub));
  await log.try("service to a service", () => API.useService(API));
  await log.try("given", async () => (await API.give()).hello("given"));
  await log.try("object's own binding", () => stub.own());
});
