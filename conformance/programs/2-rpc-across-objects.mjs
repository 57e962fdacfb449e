/*
spec: 2.3, 2.4 stubs passed on
covers: An object hands a caller's function, a target of a second object, a stub, to a third; calls of each other in turn
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Target extends RpcTarget {
  constructor(owner) {
    super();
    this.owner = owner;
  }
  who() {
    return `target of ${this.owner}`;
  }
}

export class Obj extends DurableObject {
  get #name() {
    return this.ctx.id.name;
  }
  target() {
    return new Target(this.#name);
  }
  async forward(to, f) {
    return `${this.#name} -> ${await this.env.OBJ.getByName(to).call(f)}`;
  }
  async call(f) {
    return `${this.#name} -> ${await f(this.#name)}`;
  }
  async fetchTarget(from) {
    return this.env.OBJ.getByName(from).target();
  }
  async ping(names) {
    const [next, ...rest] = names;
    return next === undefined
      ? [this.#name]
      : [this.#name, ...(await this.env.OBJ.getByName(next).ping(rest))];
  }
  async fails(depth) {
    if (depth === 0) throw new RangeError(`thrown by ${this.#name}`);
    return this.env.OBJ.getByName(`${this.#name}x`).fails(depth - 1);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await log.try("function passed on", () =>
    stub.forward("b", (name) => `worker called by ${name}`),
  );
  const target = await stub.fetchTarget("b");
  await log.try("target passed on", () => target.who());
  await log.try("and pipelined", () => stub.fetchTarget("c").who());
  await log.try("to each other", () => stub.ping(["b", "a", "c", "a", "b"]));
  await log.try("fails", () => stub.fails(0).catch((e) => [e.message, e.remote]));
  await log.try("fails two further", () => stub.fails(2).catch((e) => [e.message, e.remote]));
});
