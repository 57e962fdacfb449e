/*
spec: 2.3 pipelining
covers: Pipelining into copies, into nothing, on a call that fails; every one of several pipelined calls is told
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  num() {
    return 5;
  }
  undef() {}
  nil() {
    return null;
  }
  str() {
    return "text";
  }
  arr() {
    return [1, 2, 3];
  }
  date() {
    return new Date(0);
  }
  map() {
    return new Map([["a", 1]]);
  }
  obj() {
    return { a: 1 };
  }
  fail() {
    throw new RangeError("failed");
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await log.try("num().foo", () => stub.num().foo);
  await log.try("num().toFixed()", () => stub.num().toFixed(2));
  await log.try("undef().foo", () => stub.undef().foo);
  await log.try("nil().foo", () => stub.nil().foo);
  await log.try("str().length", () => stub.str().length);
  await log.try("arr().length", () => stub.arr().length);
  await log.try("arr()[0]", () => stub.arr()["0"]);
  await log.try("arr().map()", () => stub.arr().map(1));
  await log.try("date().getTime()", () => stub.date().getTime());
  await log.try("map().get()", () => stub.map().get("a"));
  await log.try("obj().toString()", async () => String(await stub.obj().toString()));
  await log.try("obj().a.b", () => stub.obj().a.b);
  await log.try("obj().a()", () => stub.obj().a());
  await log.try("num()()", () => stub.num()());
  await log.try("fail().a.b()", () => stub.fail().a.b());
  const failed = stub.fail();
  const all = await Promise.allSettled([failed, failed.x, failed.y(), failed()]);
  for (const { reason } of all) await log.try("of one call", () => Promise.reject(reason));
  await log.try("nope().a", () => stub.nope().a);
});
