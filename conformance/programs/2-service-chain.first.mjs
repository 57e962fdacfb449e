/*
service: SECOND second
*/
import { WorkerEntrypoint } from "cloudflare:workers";

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const answer = await this.env.SECOND.fetch(request);
    return new Response(answer.body, { headers: { via: "first" } });
  }
  call(name) {
    return this.env.SECOND.call(name);
  }
  fail() {
    return this.env.SECOND.fail();
  }
  stream() {
    return this.env.SECOND.stream();
  }
}
