/*
spec: 2.4
covers: RpcPromise and RpcProperty returned directly are awaited; nested or as arguments they do not serialise; stubs returned pass
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  value() {
    return { a: 1 };
  }
  get prop() {
    return "property";
  }
  returnsPromise() {
    return this.env.OBJ.getByName("b").value();
  }
  returnsMember() {
    return this.env.OBJ.getByName("b").value().a;
  }
  returnsProperty() {
    return this.env.OBJ.getByName("b").prop;
  }
  nested() {
    return { p: this.env.OBJ.getByName("b").value() };
  }
  nestedProperty() {
    return [this.env.OBJ.getByName("b").prop];
  }
  take(value) {
    return value;
  }
  fails() {
    return this.env.OBJ.getByName("b").nope();
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const name of [
    "returnsPromise",
    "returnsMember",
    "returnsProperty",
    "nested",
    "nestedProperty",
    "fails",
  ])
    await log.try(name, () => stub[name]());
  await log.try("argument promise", () => stub.take(stub.value()));
  await log.try("argument property", () => stub.take(stub.prop));
  await log.try("argument awaited", async () => stub.take(await stub.value()));
});
