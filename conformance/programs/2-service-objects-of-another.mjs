/*
spec: 1.1 script_name, 2.2
covers: A namespace of a class in another Worker: ids, calls, fetch, its env; the same object as the other Worker sees
object: THEIRS Obj script=owner
service: OWNER owner
request: GET /
restart:
request: GET /
*/
import { noting } from "./observe.mjs";

export default noting(async (log, { THEIRS, OWNER }) => {
  const stub = THEIRS.getByName("a");
  log.note("same id", stub.id.toString() === (await (await OWNER.fetch("http://x/id")).text()));
  await log.try("add", () => stub.add(1));
  await log.try("seen by the owner", async () => (await OWNER.fetch("http://x/total")).text());
  await log.try("fetch", async () => (await stub.fetch("http://x/path")).text());
  await log.try("env", () => stub.text());
  await log.try("throws", () =>
    stub.fail().catch((e) => [e.constructor.name, e.message, e.remote]),
  );
  await log.try("callback", () => stub.call(() => "called in the caller"));
  await log.try("from string", () => THEIRS.get(THEIRS.idFromString(stub.id.toString())).add(0));
});
