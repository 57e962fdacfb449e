/*
spec: 2.5 disposal
covers: A target given as argument is disposed in the caller when the callee has finished, or has disposed its dup
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

const seen = [];

class Target extends RpcTarget {
  constructor(name) {
    super();
    this.name = name;
  }
  ping() {
    return `pong of ${this.name}`;
  }
  [Symbol.dispose]() {
    seen.push(`${this.name} disposed`);
  }
}

export class Obj extends DurableObject {
  async use(target) {
    return target.ping();
  }
  fail() {
    throw new Error("failed");
  }
  keep(target) {
    this.kept = target.dup();
  }
  async drop() {
    const answer = await this.kept.ping();
    this.kept[Symbol.dispose]();
    return answer;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const note = async (label) => {
    await pause(5);
    log.note(label, seen.splice(0));
  };
  log.note("used", await stub.use(new Target("first")));
  await note("after the call");
  await log.try("fails", () => stub.fail(new Target("second")).catch((e) => e.message));
  await note("after the failure");
  await stub.keep(new Target("third"));
  await note("kept");
  log.note("dropped", await stub.drop());
  await note("after the drop");
  await log.try("refused", () => stub.use(new Target("fourth"), Symbol("x")));
  await note("after the refusal");
});
