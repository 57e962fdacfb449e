// Static assets: which file a path means, and what is answered. Results are those of miniflare.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { Command, get } from "./command.mjs";
import { project, write } from "./project.mjs";

const FILES = {
  "index.html": "index",
  "style.css": "style",
  "about.html": "about",
  "foo.html": "foo.html",
  "foo/index.html": "foo/index",
  "bar/index.html": "bar/index",
  plain: "plain",
  "404.html": "404",
  "blog/404.html": "blog/404",
  "sp ace/é.txt": "é",
  ".hidden": "hidden",
  _headers: "headers",
};

const worker = {
  fetch(request, env) {
    const url = new URL(request.url);
    if (!url.pathname.startsWith("/assets/")) return new Response(`worker ${url.pathname}`);
    return env.ASSETS.fetch(new Request(new URL(url.pathname.slice(7), url), request));
  },
};

/** Starts an app over the files; `go` tells status, place and text of an answer. */
async function site(t, options = {}, more = {}) {
  const directory = project(t, FILES);
  const app = await Steadfast.start({
    worker,
    assets: { directory, binding: "ASSETS", ...options },
    ...more,
  });
  t.after(() => app.stop());
  const fetch = (path, init) => app.fetch(`http://app${path}`, { redirect: "manual", ...init });
  const go = async (path, init) => {
    const response = await fetch(path, init);
    const to = response.headers.get("location");
    return to === null
      ? `${response.status} ${await response.text()}`
      : `${response.status} → ${to}`;
  };
  return { directory, fetch, go };
}

/** Asserts what each path gives. */
async function leads(go, expected) {
  const seen = {};
  for (const path of Object.keys(expected)) seen[path] = await go(path);
  assert.deepEqual(seen, expected);
}

test("gives each page one path", async (t) => {
  const { go } = await site(t);
  await leads(go, {
    "/": "200 index",
    "/index": "307 → /",
    "/index.html?x=1": "307 → /?x=1",
    "/about": "200 about",
    "/about/": "307 → /about",
    "/about.html": "307 → /about",
    "/about/index.html": "307 → /about",
    "/foo": "200 foo.html",
    "/foo/": "200 foo/index",
    "/foo/index": "307 → /foo/",
    "/bar": "307 → /bar/",
    "/bar.html": "307 → /bar/",
    "/plain": "200 plain",
    "/plain/": "200 worker /plain/",
  });
});

test("forces and drops slashes as told", async (t) => {
  const forced = await site(t, { htmlHandling: "force-trailing-slash" });
  await leads(forced.go, {
    "/about": "307 → /about/",
    "/about/": "200 about",
    "/foo": "307 → /foo/",
    "/foo.html": "200 foo.html",
    "/bar.html": "307 → /bar/",
  });
  const dropped = await site(t, { htmlHandling: "drop-trailing-slash" });
  await leads(dropped.go, {
    "/": "200 index",
    "/about/": "307 → /about",
    "/foo/": "307 → /foo",
    "/foo/index.html": "200 foo/index",
    "/bar": "200 bar/index",
  });
  const neither = await site(t, { htmlHandling: "none" });
  await leads(neither.go, {
    "/": "200 worker /",
    "/index.html": "200 index",
    "/about": "200 worker /about",
    "/about.html": "200 about",
  });
});

test("serves nothing but the files that are to be served", async (t) => {
  const { go } = await site(t, {
    directory: project(t, { "public/a.txt": "a", "secret.txt": "s" }),
  });
  await leads(go, {
    "/public/a.txt": "200 a",
    "/public/%2e%2e/secret.txt": "200 s",
    "/public/..%2fsecret.txt": "200 worker /public/..%2fsecret.txt",
    "/public/..%5csecret.txt": "200 worker /public/..%5csecret.txt",
    "/public/a.txt%00": "200 worker /public/a.txt%00",
    "/%ff": "200 worker /%ff",
  });
  const hidden = await site(t);
  await leads(hidden.go, {
    "/.hidden": "200 worker /.hidden",
    "/_headers": "200 worker /_headers",
    "/sp%20ace/%C3%A9.txt": "200 é",
    "//style.css": "307 → /style.css",
    "/%73tyle.css": "307 → /style.css",
  });
});

test("answers conditions and methods", async (t) => {
  const { fetch, go } = await site(t);
  const response = await fetch("/style.css");
  const { etag, ...headers } = Object.fromEntries(response.headers);
  assert.match(etag, /^"[\da-f]+-5"$/);
  assert.deepEqual(headers, {
    "cache-control": "public, max-age=0, must-revalidate",
    "content-type": "text/css; charset=utf-8",
  });
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    assert.equal(await go("/style.css", { headers: { "if-none-match": known } }), "304 ");
  }
  assert.equal(await go("/style.css", { headers: { "if-none-match": '"other"' } }), "200 style");
  assert.equal(await go("/style.css", { method: "HEAD" }), "200 ");
  assert.equal(await go("/style.css", { method: "POST" }), "405 ");
  assert.equal(await go("/none", { method: "POST" }), "200 worker /none");
});

test("answers what does not exist as told", async (t) => {
  const pages = await site(t, { notFoundHandling: "404-page" });
  const browser = { headers: { "sec-fetch-mode": "navigate" } };
  assert.equal(await pages.go("/none"), "200 worker /none");
  assert.equal(await pages.go("/none", browser), "404 404");
  assert.equal(await pages.go("/blog/x/y", browser), "404 blog/404");
  assert.equal(await pages.go("/assets/none"), "404 404");
  const app = await site(t, { notFoundHandling: "single-page-application" });
  assert.equal(await app.go("/assets/none"), "200 index");
  assert.equal(await app.go("/any/where", browser), "200 index");
  const plain = await site(t);
  assert.equal(await plain.go("/assets/none"), "404 ");
  assert.equal(await plain.go("/none", browser), "200 worker /none");
  const older = { compatibilityDate: "2025-03-31" };
  const before = await site(t, { notFoundHandling: "404-page" }, older);
  assert.equal(await before.go("/none", browser), "200 worker /none");
});

test("asks the worker first where told", async (t) => {
  const { go } = await site(t, { runWorkerFirst: true });
  await leads(go, { "/style.css": "200 worker /style.css", "/assets/style.css": "200 style" });
  const some = await site(t, { runWorkerFirst: ["/foo*", "!/foo/"] });
  await leads(some.go, {
    "/foo": "200 worker /foo",
    "/foo/": "200 foo/index",
    "/style.css": "200 style",
  });
});

test("streams a large file", async (t) => {
  const { directory, fetch } = await site(t);
  const bytes = Buffer.alloc(3 * 1024 * 1024 + 5, "steadfast");
  write(directory, "large.bin", bytes);
  const response = await fetch("/large.bin");
  assert.equal(response.headers.get("content-length"), String(bytes.length));
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
});

test("serves the directory of a project, with its changes", async (t) => {
  const directory = project(t, {
    "wrangler.json": {
      name: "site",
      main: "worker.js",
      assets: { directory: "public", not_found_handling: "404-page" },
    },
    "worker.js": "export default { fetch: () => new Response('worker') };",
    "public/page.html": "first",
  });
  const command = new Command(t, ["dev"], { cwd: directory });
  const url = await command.url();
  assert.equal(await get(`${url}/page`), "first");
  write(directory, "public/page.html", "second");
  assert.equal(await get(`${url}/page`), "second");
  assert.equal(await get(`${url}/other`), "worker");
});

test("reports a directory that is not there", async (t) => {
  const directory = project(t, {
    "wrangler.json": { name: "site", main: "worker.js", assets: { directory: "none" } },
    "worker.js": "export default {};",
  });
  const command = new Command(t, ["dev"], { cwd: directory });
  await command.printed(/no such directory: directory="\S+none"/);
});
