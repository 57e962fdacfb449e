/*
spec: 4.1 several operations of one event, must-test
covers: Read-modify-write from N parallel requests yields N; five separate requests end at 1..5
object: OBJ Obj
request: GET /five
together: GET /one & GET /one & GET /one & GET /one & GET /one & GET /one & GET /one & GET /one
request: GET /one
*/
export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const value = (await this.storage.get("value")) ?? 0;
    await this.storage.put("value", value + 1);
    return new Response(String(value + 1));
  }
}

export default {
  async fetch(request, { OBJ }) {
    const { pathname } = new URL(request.url);
    const stub = OBJ.getByName(pathname);
    if (pathname === "/one") {
      const text = await (await stub.fetch(request)).text();
      return new Response(text === "9" ? "nine" : "one of eight");
    }
    const answers = await Promise.all(Array.from({ length: 5 }, () => stub.fetch("http://x/")));
    return Response.json(await Promise.all(answers.map((answer) => answer.text())));
  },
};
