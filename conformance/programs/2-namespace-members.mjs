/*
spec: 2.1 namespace
covers: Prototype members; what the binding looks like
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {}

export default {
  async fetch(request, env) {
    const log = new Journal();
    const { OBJ } = env;
    const methods = [
      "newUniqueId",
      "idFromName",
      "idFromString",
      "get",
      "getByName",
      "jurisdiction",
    ];
    const prototype = Object.getPrototypeOf(OBJ);
    log.note(
      "members",
      Object.getOwnPropertyNames(prototype).filter((name) => methods.includes(name)),
    );
    log.note(
      "functions",
      methods.map((name) => typeof OBJ[name]),
    );
    log.note("own", Object.keys(OBJ));
    log.note("type", typeof OBJ, Object.prototype.toString.call(OBJ), OBJ.constructor.name);
    log.note("unknown member", OBJ.nothing);
    log.note("same each time", env.OBJ === OBJ, Object.keys(env));
    await log.try("detached", () => (0, OBJ.idFromName)("a"));
    await log.try("construct", () => new OBJ.constructor());
    await log.try("clone", () => structuredClone(OBJ));
    return log.response();
  },
};
