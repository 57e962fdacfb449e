/*
spec: service bindings, props
covers: Props given where an entry point is bound, as ctx.props; two bindings of one entry point; a copy per call
service: ALICE self#Api {"user": "alice", "roles": ["a", "b"]}
service: BOB self#Api {"user": "bob"}
service: NOBODY self#Api
*/
import { WorkerEntrypoint } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Api extends WorkerEntrypoint {
  props() {
    return this.ctx.props;
  }
  mutate() {
    this.ctx.props.user = "changed";
    return this.ctx.props.user;
  }
  async fetch() {
    return Response.json(this.ctx.props);
  }
}

export default noting(async (log, { ALICE, BOB, NOBODY }, ctx) => {
  for (const [name, stub] of Object.entries({ ALICE, BOB, NOBODY })) {
    await log.try(name, () => stub.props());
    await log.try(`${name} fetch`, async () => (await stub.fetch("http://x/")).json());
  }
  await log.try("mutate", () => BOB.mutate());
  await log.try("after", () => BOB.props());
  log.note("of the entry", ctx.props);
});
