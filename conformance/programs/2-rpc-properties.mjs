/*
spec: 2.3 what a caller can see
covers: Getter, getter that throws, async getter, methods of a base class, nested object of a getter
covers: Not visible: own fields, ctx, env, setters, statics, private names, Object.prototype, unknown names
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Base extends DurableObject {
  inherited() {
    return "from the base class";
  }
  get inheritedGetter() {
    return "getter of the base class";
  }
}

export class Obj extends Base {
  field = "own field";
  arrow = () => "own arrow";
  static fixed() {}
  #hidden = 1;
  reads = 0;
  get value() {
    return ++this.reads;
  }
  get object() {
    return { a: 1, deep: { b: [2] }, method: (x) => x * 2 };
  }
  get method() {
    return (x) => `called with ${x}`;
  }
  get promised() {
    return Promise.resolve("resolved");
  }
  get throws() {
    throw new TypeError("from a getter");
  }
  set settable(value) {
    this.#hidden = value;
  }
  get nothing() {
    return undefined;
  }
  plain() {
    return "plain";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const name of ["inherited", "plain"]) await log.try(`${name}()`, () => stub[name]());
  for (const name of [
    "inheritedGetter",
    "value",
    "value",
    "object",
    "promised",
    "throws",
    "nothing",
  ])
    await log.try(name, () => stub[name]);
  await log.try("object.a", () => stub.object.a);
  await log.try("object.deep.b", () => stub.object.deep.b);
  await log.try("object.deep.missing", () => stub.object.deep.missing);
  await log.try("object.method()", () => stub.object.method(4));
  await log.try("method()", () => stub.method(4));
  await log.try("value()", () => stub.value());
  await log.try("object.a()", () => stub.object.a());
  await log.try("object.deep()", () => stub.object.deep());
  await log.try("object.missing()", () => stub.object.missing());
  for (const name of [
    "field",
    "arrow",
    "fixed",
    "ctx",
    "env",
    "settable",
    "#hidden",
    "nope",
    "reads",
    "",
  ])
    await log.try(JSON.stringify(name), () => stub[name]);
  for (const name of ["arrow", "fixed", "nope", "__defineGetter__", "nope\n", "0"])
    await log.try(`${JSON.stringify(name)}()`, () => stub[name]());
  await log.try("ctx.storage.get()", () => stub.ctx.storage.get("a"));
});
