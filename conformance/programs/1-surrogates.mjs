/*
spec: 1.1 idFromName
covers: Lone surrogates in names go through UTF-8 replacement and must not panic
object: OBJ Obj key=mykey
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.name = ctx.id.name;
  }
  fetch() {
    return new Response([...this.name].map((c) => c.codePointAt(0).toString(16)).join(" "));
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const name of [
      "\ud800",
      "\udc00",
      "a\ud800b",
      "\udc00\ud800",
      "\ufffd",
      "\ud83d\ude00",
      "nul\0inside",
    ]) {
      const id = OBJ.idFromName(name);
      log.note(
        encodeURIComponent(name.toWellFormed()),
        id.toString(),
        id.name === name,
        id.name === name.toWellFormed(),
      );
      log.note("inside", await (await OBJ.get(id).fetch("http://x/")).text());
    }
    return log.response();
  },
};
