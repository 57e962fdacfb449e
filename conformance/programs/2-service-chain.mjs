/*
spec: service bindings
covers: Worker to Worker to object and back with a stream; errors keep class and message along the way
service: FIRST first
*/
import { noting } from "./observe.mjs";

export default noting(async (log, { FIRST }) => {
  await log.try("fetch", async () => (await FIRST.fetch("http://x/object")).text());
  await log.try("call", () => FIRST.call("name"));
  await log.try("fails", () =>
    FIRST.fail().catch((e) => [e.constructor.name, e.message, e.remote]),
  );
  await log.try("stream", async () => new Response(await FIRST.stream()).text());
  await log.try("request through", async () => {
    const answer = await FIRST.fetch("http://x/echo", { method: "POST", body: "echoed body" });
    return [answer.headers.get("via"), await answer.text()];
  });
});
