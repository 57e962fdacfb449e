/*
spec: 2.3 pipelining
covers: Property paths of 64, 65 and 66 names, read and called
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  get a() {
    let value = { end: () => "called" };
    for (let i = 0; i < 70; i++) value = { a: value, here: 70 - i, f: () => "f" };
    return value;
  }
}

function follow(stub, names) {
  let value = stub;
  for (const name of names) value = value[name];
  return value;
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const depth of [2, 64, 65, 66, 70]) {
    const path = Array.from({ length: depth - 1 }, () => "a");
    await log.try(`read ${depth}`, () => follow(stub, [...path, "here"]));
    await log.try(`call ${depth}`, () => follow(stub, [...path, "f"])());
  }
});
