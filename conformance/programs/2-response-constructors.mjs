/*
spec: 2.2 Response as users make them
covers: Response.json, Response.redirect, Response.error and the constructor's errors
*/
import { Journal } from "./observe.mjs";

export default {
  async fetch() {
    const log = new Journal({ texts: false });
    const make = (label, action) =>
      log.try(label, async () => {
        const response = action();
        return [
          response.status,
          response.statusText,
          [...response.headers],
          response.body === null ? null : await response.text(),
        ];
      });
    await make("empty", () => new Response());
    await make("null", () => new Response(null));
    await make("undefined", () => new Response(undefined, { status: 404 }));
    await make("string", () => new Response("text"));
    await make("number", () => new Response(5));
    await make("object", () => new Response({ a: 1 }));
    await make("bytes", () => new Response(new Uint8Array([97])));
    await make("blob", () => new Response(new Blob(["b"], { type: "text/x" })));
    await make("params", () => new Response(new URLSearchParams("a=1")));
    await make("json", () => Response.json({ a: [1, "é"] }));
    await make("json with init", () =>
      Response.json(null, { status: 201, statusText: "S", headers: { a: "b" } }),
    );
    await make("json with content-type", () =>
      Response.json(1, { headers: { "content-type": "application/x" } }),
    );
    await make("json of undefined", () => Response.json(undefined));
    await make("json of a function", () => Response.json(() => {}));
    await make("json of a bigint", () => Response.json(1n));
    await make("redirect", () => Response.redirect("http://x/y"));
    await make("redirect 301", () => Response.redirect("http://x/y", 301));
    await make("redirect 200", () => Response.redirect("http://x/y", 200));
    await make("redirect to nothing", () => Response.redirect("/relative"));
    for (const status of [99, 100, 101, 199, 200, 599, 600, 1000, "201", "x", 200.9, null]) {
      await make(`status ${status}`, () => new Response(null, { status }));
    }
    for (const status of [204, 205, 304])
      await make(`${status} with a body`, () => new Response("body", { status }));
    await make("204 with an empty body", () => new Response("", { status: 204 }));
    await make("bad status text", () => new Response("", { statusText: "a\nb" }));
    await make("bad header", () => new Response("", { headers: { "bad name": "x" } }));
    await make("without new", () => Response("x"));
    log.note(
      "type",
      new Response().type,
      new Response().url,
      new Response().redirected,
      new Response().bodyUsed,
    );
    return log.response();
  },
};
