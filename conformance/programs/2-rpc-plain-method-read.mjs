/*
spec: 2.3 what a caller can see
covers: A method that is read, not called, arrives as a stub that can be called later
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  add(x) {
    return x + 5;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const add = await stub.add;
  log.note("read", typeof add, add instanceof Function, add);
  await log.try("called", () => add(1));
  await log.try("call", () => add.call(null, 2));
});
