/*
spec: 2.2 stub.fetch
covers: A handler that answers with anything but a Response
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  fetch(request) {
    const kind = new URL(request.url).pathname.slice(1);
    const results = {
      undefined: undefined,
      null: null,
      string: "text",
      number: 5,
      object: { status: 200 },
      promise: Promise.resolve("text"),
      thenable: { then: (resolve) => resolve(new Response("from a thenable")) },
      response: new Response("right"),
      promised: Promise.resolve(new Response("right, later")),
      request: new Request("http://x/"),
      class: Response,
    };
    return results[kind];
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const kinds =
      "undefined null string number object promise thenable response promised request class";
    for (const kind of kinds.split(" ")) {
      await log.try(kind, async () => (await stub.fetch(`http://x/${kind}`)).text());
    }
    return log.response();
  },
};
