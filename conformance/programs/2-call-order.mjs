/*
spec: 2.2 ordering
covers: Fetches made through one stub are delivered in call order
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  seen = [];
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json(this.seen);
    this.seen.push(pathname);
    await new Promise((resolve) => setTimeout(resolve, (7 * this.seen.length) % 5));
    return new Response(pathname);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const calls = Array.from({ length: 30 }, (_, i) => stub.fetch(`http://x/${i}`));
    calls.push(stub.fetch("http://x/seen"));
    const answers = await Promise.all(calls);
    log.note("seen", await answers.pop().json());
    log.note("answers", await Promise.all(answers.map((answer) => answer.text())));
    return log.response();
  },
};
