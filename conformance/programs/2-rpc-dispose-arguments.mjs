/*
spec: 2.5 arguments, callee side
covers: Stubs received as arguments are disposed when the call has finished, its promise settled; kept ones need dup
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  keep(f) {
    this.kept = f;
  }
  keepDup(f) {
    this.kept = f.dup();
  }
  keepInside({ deep: { f } }) {
    this.kept = f;
  }
  async use(f) {
    await pause(5);
    return [await f(), await f()];
  }
  async useLater(f) {
    this.later = (async () => {
      await pause(10);
      return f();
    })().catch((error) => error.message);
    return "returned";
  }
  result() {
    return this.later;
  }
  useKept() {
    return this.kept();
  }
  async drop() {
    this.kept[Symbol.dispose]();
    return this.kept();
  }
  give(f) {
    return f;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  let calls = 0;
  const f = () => ++calls;
  await log.try("used while it runs", () => stub.use(f));
  await stub.keep(f);
  await log.try("kept", () => stub.useKept());
  await stub.keepInside({ deep: { f } });
  await log.try("kept from inside", () => stub.useKept());
  await stub.keepDup(f);
  await log.try("kept as a dup", () => stub.useKept());
  await log.try("and again", () => stub.useKept());
  await log.try("dup disposed", () => stub.drop());
  await log.try("used after the return", () => stub.useLater(f));
  await log.try("what it got", () => stub.result());
  await log.try("returned", async () => (await stub.give(f))());
  log.note("calls", calls);
});
