// Caches. What is kept and for how long, and the texts, are those of workerd with miniflare's storage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { Command, get } from "./command.mjs";
import { project } from "./project.mjs";

const URL_ = "http://cached/";

/** An app; `run` calls a function in its worker. */
async function app(t, options = {}) {
  let code;
  const worker = {
    async fetch() {
      return Response.json((await code()) ?? null);
    },
  };
  const started = await Steadfast.start({ worker, ...options });
  t.after(() => started.stop());
  const run = async (given) => {
    code = given;
    return (await started.fetch("http://app/")).json();
  };
  return { started, run };
}

/** How a call fails. */
async function failure(call) {
  try {
    await call();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return "nothing";
}

test("keeps what its headers let it keep", async (t) => {
  const { run } = await app(t);
  const kept = async (headers, init) => {
    const { status = 200, body = "b" } = init ?? {};
    await caches.default.put(URL_, new Response(body, { status, headers }));
    const there = (await caches.default.match(URL_)) !== undefined;
    await caches.default.delete(URL_);
    return there;
  };
  const control = (value) => kept({ "cache-control": value });
  const past = "Wed, 21 Oct 2015 07:28:00 GMT";
  const seen = await run(async () => {
    const results = {};
    for (const value of ["max-age=10", "s-maxage=10, max-age=0", "immutable"]) {
      results[value] = await control(value);
    }
    results.expires = await kept({ expires: "Wed, 21 Oct 2099 07:28:00 GMT" });
    results.modified = await kept({ "last-modified": past });
    for (const value of ["public", "max-age=0", "no-store", "no-cache, max-age=10", "private"]) {
      results[`not ${value}`] = !(await control(value));
    }
    results["not s-maxage=0"] = !(await control("s-maxage=0, max-age=10"));
    results["not expired"] = !(await kept({ expires: past }));
    results["not aged"] = !(await kept({ "cache-control": "max-age=10", age: "10" }));
    const cookie = { "set-cookie": "a=b", "cache-control": "max-age=10" };
    results["not a cookie"] = !(await kept(cookie));
    for (const status of [301, 302, 404, 410]) {
      results[status] = await kept({ "cache-control": "max-age=10" }, { status });
    }
    for (const status of [201, 400, 500]) {
      results[`not ${status}`] = !(await kept({ "cache-control": "max-age=10" }, { status }));
    }
    return Object.entries(results).filter(([, right]) => !right);
  });
  assert.deepEqual(seen, []);
});

test("gives back what was kept, with its age", async (t) => {
  const { started, run } = await app(t, { clock: { now: "2026-01-01T00:00:00Z" } });
  await run(() =>
    caches.default.put(
      URL_,
      new Response("body", { headers: { "cache-control": "max-age=100", "x-own": "1" } }),
    ),
  );
  const match = () =>
    run(async () => {
      const response = await caches.default.match(URL_);
      return (
        response && [response.status, Object.fromEntries(response.headers), await response.text()]
      );
    });
  const headers = {
    age: "0",
    "cache-control": "max-age=100",
    "cf-cache-status": "HIT",
    "content-length": "4",
    "content-type": "text/plain;charset=UTF-8",
    date: "Thu, 01 Jan 2026 00:00:00 GMT",
    "x-own": "1",
  };
  assert.deepEqual(await match(), [200, headers, "body"]);
  await started.clock.advance("99 seconds");
  assert.deepEqual(await match(), [200, { ...headers, age: "99" }, "body"]);
  await started.clock.advance("1 second");
  assert.equal(await match(), null);
});

test("takes the cookie off what is kept without it", async (t) => {
  const { run } = await app(t);
  const seen = await run(async () => {
    const headers = { "set-cookie": "a=b", "cache-control": "private=set-cookie, max-age=10" };
    await caches.default.put(URL_, new Response("b", { headers }));
    const response = await caches.default.match(URL_);
    return [response.headers.get("set-cookie"), response.headers.get("cache-control")];
  });
  assert.deepEqual(seen, [null, "max-age=10"]);
});

test("answers conditions and ranges", async (t) => {
  const { run } = await app(t);
  const seen = await run(async () => {
    const headers = {
      "cache-control": "max-age=100",
      etag: '"e"',
      "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT",
    };
    await caches.default.put(URL_, new Response("0123456789", { headers }));
    const results = [];
    for (const headers of [
      { "if-none-match": '"z", W/"e"' },
      { "if-none-match": "*" },
      { "if-none-match": '"f"' },
      { "if-modified-since": "Wed, 21 Oct 2015 07:28:00 GMT" },
      { "if-modified-since": "Wed, 21 Oct 2014 07:28:00 GMT" },
      { range: "bytes=2-4" },
      { range: "bytes=-3" },
      { range: "bytes=7-" },
      { range: "bytes=50-60" },
      { range: "nonsense" },
    ]) {
      const response = await caches.default.match(new Request(URL_, { headers }));
      const range = response.headers.get("content-range");
      results.push([response.status, await response.text(), ...(range === null ? [] : [range])]);
    }
    return results;
  });
  const whole = [200, "0123456789"];
  assert.deepEqual(seen, [
    [304, ""],
    [304, ""],
    whole,
    [304, ""],
    whole,
    [206, "234", "bytes 2-4/10"],
    [206, "789", "bytes 7-9/10"],
    [206, "789", "bytes 7-9/10"],
    [416, "", "bytes */10"],
    [416, "", "bytes */10"],
  ]);
});

test("refuses what workerd refuses", async (t) => {
  const { run } = await app(t);
  const seen = await run(async () => {
    const cache = caches.default;
    const used = new Response("x");
    await used.text();
    const post = new Request(URL_, { method: "POST" });
    await cache.put(URL_, new Response("x", { headers: { "cache-control": "max-age=10" } }));
    return [
      await failure(() => cache.put(post, new Response(""))),
      await failure(() => cache.put(URL_, new Response("", { status: 206 }))),
      await failure(() => cache.put(URL_, new Response("", { headers: { vary: "*" } }))),
      await failure(() => cache.put(URL_, "x")),
      await failure(() => cache.put(URL_, used)),
      await failure(() => cache.match("/x")),
      await failure(() => cache.match("ftp://cached/")),
      await failure(() => cache.add(URL_)),
      await failure(() => caches.keys()),
      await failure(() => caches.open()),
      await failure(async () => (await cache.match(URL_)).headers.set("a", "b")),
      (await cache.match(post)) === undefined,
      (await cache.match(post, { ignoreMethod: true })) !== undefined,
      await cache.delete(post),
      await cache.delete(URL_),
      await cache.delete(URL_),
    ];
  });
  assert.deepEqual(seen, [
    "TypeError: Cannot cache response to non-GET request.",
    "TypeError: Cannot cache response to a range request (206 Partial Content).",
    "TypeError: Cannot cache response with 'Vary: *' header.",
    "TypeError: Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'.",
    "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    "TypeError: Invalid URL: /x",
    "TypeError: Fetch API cannot load: ftp://cached/",
    "Error: Failed to execute 'add' on 'Cache': the method is not implemented.",
    "Error: Failed to execute 'keys' on 'CacheStorage': the method is not implemented.",
    "TypeError: Failed to execute 'open' on 'CacheStorage': parameter 1 is not of type 'string'.",
    "TypeError: Can't modify immutable headers.",
    true,
    true,
    false,
    true,
    false,
  ]);
  assert.match(
    await failure(() => caches.default.match(URL_)),
    /^Error: caches belong to a Worker/,
  );
});

test("keeps caches of different names apart", async (t) => {
  const { run } = await app(t);
  const seen = await run(async () => {
    const named = await caches.open("default");
    const headers = { "cache-control": "max-age=10" };
    await named.put(`${URL_}#a`, new Response("x", { headers }));
    const again = await caches.open("default");
    return [
      (await again.match(`${URL_}#b`)) !== undefined,
      (await again.match(`${URL_}?b`)) !== undefined,
      (await caches.default.match(URL_)) !== undefined,
    ];
  });
  assert.deepEqual(seen, [true, false, false]);
});

test("keeps its responses over a restart", async (t) => {
  const directory = project(t, {
    "wrangler.json": { name: "cached", main: "worker.js" },
    "worker.js": `
      export default {
        async fetch() {
          const found = await caches.default.match("http://cached/");
          if (found) return new Response("found " + await found.text());
          const headers = { "cache-control": "max-age=100" };
          await caches.default.put("http://cached/", new Response("kept", { headers }));
          return new Response(await (await caches.default.match("http://cached/")).text());
        },
      };
    `,
  });
  for (const expected of ["kept", "found kept"]) {
    const command = new Command(t, ["serve"], { cwd: directory });
    assert.equal(await get(await command.url()), expected);
    await command.kill("SIGKILL");
  }
});
