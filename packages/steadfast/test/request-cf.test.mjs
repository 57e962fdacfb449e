// `request.cf`: told of requests from outside, kept on the way, and the program's own to say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { DurableObject } from "../dist/workers.js";

class Box extends DurableObject {
  fetch(request) {
    return Response.json([request.cf?.country ?? null, request.cf?.own ?? null]);
  }
  look(request) {
    return request.cf;
  }
}

/** Runs `code` on a request from outside; requests to the Worker itself are told what they say. */
async function run(t, code, init) {
  let seen;
  const app = await Steadfast.start({
    name: "main",
    worker: {
      async fetch(request, env) {
        if (request.url.endsWith("/self")) return new Box({}, {}).fetch(request);
        seen = await code(request, env);
        return new Response();
      },
    },
    serviceBindings: { SELF: "main" },
    durableObjects: { BOX: Box },
  });
  t.after(() => app.stop());
  await app.fetch("http://x/", init);
  return seen;
}

test("a request from outside has one, which cannot be changed", async (t) => {
  const seen = await run(t, ({ cf }) => [cf.country, typeof cf.colo, Object.isFrozen(cf)]);
  assert.deepEqual(seen, ["US", "string", true]);
});

test("a test says what it is", async (t) => {
  const seen = await run(t, ({ cf }) => cf, { cf: { country: "DE", own: { level: 1 } } });
  assert.deepEqual(seen, { country: "DE", own: { level: 1 } });
});

test("it goes along with the request, and not with another", async (t) => {
  const json = async (response) => (await response).json();
  const seen = await run(t, async (request, { SELF, BOX }) => {
    const box = BOX.getByName("a");
    return [
      await json(SELF.fetch(new Request("http://x/self", request))),
      await json(SELF.fetch("http://x/self", request)),
      await json(SELF.fetch("http://x/self", { cf: { own: 1 } })),
      await json(SELF.fetch("http://x/self")),
      await json(box.fetch(request.clone())),
      await json(box.fetch("http://x/", { cf: { own: 2 } })),
      (await box.look(new Request("http://x/", { cf: { own: 3 } }))).own,
    ];
  });
  assert.deepEqual(seen, [
    ["US", null],
    ["US", null],
    [null, 1],
    [null, null],
    ["US", null],
    [null, 2],
    3,
  ]);
});

test("a program's own is copied, and an object", async (t) => {
  await run(t, () => undefined);
  const given = { own: 1, method() {}, when: new Date(0) };
  const request = new Request("http://x/", { cf: given });
  given.own = 2;
  assert.deepEqual(request.cf, { own: 1, when: "1970-01-01T00:00:00.000Z" });
  assert.deepEqual(new Request(request, { cf: { own: 4 } }).cf, { own: 4 });
  assert.deepEqual(new Request(request).cf, request.cf);
  assert.equal(new Request("http://x/").cf, undefined);
  for (const cf of [5, "text", null]) {
    assert.throws(() => new Request("http://x/", { cf }), {
      name: "TypeError",
      message:
        "Incorrect type for the 'cf' field on 'RequestInitializerDict': the provided value is not of type 'Object'.",
    });
  }
});
