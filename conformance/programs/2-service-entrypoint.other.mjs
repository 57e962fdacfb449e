/*
var: TEXT of the other Worker
*/
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";

let calls = 0;

class Counter extends RpcTarget {
  #count = 0;
  increment() {
    return ++this.#count;
  }
}

class Base extends WorkerEntrypoint {
  inherited() {
    return "inherited";
  }
}

export class Api extends Base {
  field = 1;
  arrow = () => 1;
  own = 0;
  add(a, b) {
    return a + b;
  }
  get version() {
    return "v1";
  }
  count() {
    return ++this.own;
  }
  globalCount() {
    return ++calls;
  }
  fail() {
    throw Object.assign(new RangeError("failed"), { own: 1 });
  }
  adder(x) {
    return (y) => x + y;
  }
  async call(f, x) {
    return f(x);
  }
  counter() {
    return new Counter();
  }
  about() {
    return [
      Object.keys(this).sort(),
      this.env.TEXT,
      this.ctx.constructor.name,
      this.ctx.props,
      typeof this.ctx.waitUntil,
    ];
  }
  alarm() {
    return "alarm";
  }
  async fetch(request) {
    return new Response(`entry point fetched ${new URL(request.url).pathname}`);
  }
}

export default class extends WorkerEntrypoint {
  hello(name) {
    return `hello ${name}`;
  }
  fetch() {
    return new Response("default fetched");
  }
}
