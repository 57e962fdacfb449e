// Several Workers from the command line: their configurations, bundles, reloads and crons.
import assert from "node:assert/strict";
import { get as httpGet } from "node:http";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { Command, get, steadfast } from "./command.mjs";
import { project, write } from "./project.mjs";

const FRONT = `import { env, exports, WorkerEntrypoint } from "cloudflare:workers";
import { shared } from "../shared.js";
const atTop = env.NAME;
export class Local extends WorkerEntrypoint {
  hello() { return ["local", this.ctx.props]; }
}
export default {
  async fetch(request, given, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/fetch") return given.BACK.fetch(request);
    if (pathname === "/far") return given.LEDGER.getByName("a").fetch(request);
    return Response.json({
      own: [atTop, env.NAME, given.SECRET, env.LEDGER === given.LEDGER, shared()],
      back: await given.BACK.describe("x"),
      admin: await given.ADMIN.whoami(),
      object: await given.LEDGER.getByName("a").add(2),
      id: given.LEDGER.idFromName("a").toString(),
      exports: [Object.keys(ctx.exports), Object.keys(exports)],
      local: await ctx.exports.Local({ props: { a: 1 } }).hello(),
    });
  },
};`;

const BACK = `import { DurableObject, WorkerEntrypoint, env } from "cloudflare:workers";
import { shared } from "../shared.js";
export class Ledger extends DurableObject {
  add(amount) {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS t (n)");
    this.ctx.storage.sql.exec("INSERT INTO t VALUES (?)", amount);
    return [env.NAME, this.ctx.storage.sql.exec("SELECT sum(n) s FROM t").one().s];
  }
  fetch() { return new Response("object of " + this.env.NAME); }
}
export class Unbound extends DurableObject {}
export class Admin extends WorkerEntrypoint {
  whoami() {
    return [env.NAME, this.env.SECRET, this.ctx.props, Object.keys(this.ctx.exports), shared(),
      typeof this.ctx.exports.Unbound.getByName];
  }
}
export default {
  async fetch(request) { return new Response("back " + env.NAME + " " + new URL(request.url).pathname); },
  describe(argument) { return [argument, env.NAME]; },
};`;

const FILES = {
  "shared.js": "let calls = 0;\nexport const shared = () => ++calls;",
  "front/wrangler.jsonc": {
    name: "front",
    main: "index.js",
    compatibility_date: "2026-08-01",
    vars: { NAME: "front's" },
    services: [
      { binding: "BACK", service: "back" },
      { binding: "ADMIN", service: "back", entrypoint: "Admin", props: { role: "admin" } },
    ],
    durable_objects: {
      bindings: [{ name: "LEDGER", class_name: "Ledger", script_name: "back" }],
    },
  },
  "front/index.js": FRONT,
  "front/.dev.vars": "SECRET=of the front",
  "back/wrangler.toml": `name = "back"
main = "index.js"
compatibility_date = "2026-08-01"
[vars]
NAME = "back's"
[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger", "Unbound"]
`,
  "back/index.js": BACK,
  "back/.dev.vars": "SECRET=of the back",
};

const BOTH = ["-c", "front/wrangler.jsonc", "-c", "back/wrangler.toml"];

/** The id of an object by its name, as an app has it. */
async function idOf(t, worker, Class, name) {
  const app = await Steadfast.start({ name: worker, durableObjects: { X: Class } });
  t.after(() => app.stop());
  return app.env.X.idFromName(name).toString();
}

for (const command of ["dev", "serve"]) {
  test(`${command} runs several Workers, each with what is its own`, async (t) => {
    const directory = project(t, FILES);
    const running = new Command(t, [command, ...BOTH], { cwd: directory });
    const url = await running.url();
    const Ledger = { Ledger: class Ledger {} }.Ledger;
    assert.deepEqual(await (await fetch(url)).json(), {
      own: ["front's", "front's", "of the front", true, 1],
      back: ["x", "back's"],
      admin: [
        "back's",
        "of the back",
        { role: "admin" },
        ["default", "Admin", "Ledger", "Unbound"],
        1,
        "function",
      ],
      object: ["back's", 2],
      id: await idOf(t, "back", Ledger, "a"),
      exports: [
        ["default", "Local"],
        ["default", "Local"],
      ],
      local: ["local", { a: 1 }],
    });
    assert.equal(await get(`${url}/fetch`), "back back's /fetch");
    assert.equal(await get(`${url}/far`), "object of back's");
  });
}

const SPREAD = `import { DurableObject, WorkerEntrypoint, env } from "cloudflare:workers";
export class Entry extends WorkerEntrypoint {
  props() { return [env.NAME, this.ctx.props]; }
}
export class Box extends DurableObject {
  async meet(given, callback) {
    return [
      await given.props(),
      await callback(this.ctx.id.name),
      await this.env.OTHER.double(21),
      await (await this.env.OTHER.fetch("http://x/")).text(),
      await this.ctx.exports.Entry({ props: { from: "the object" } }).props(),
      await this.env.FAR.getByName("far " + this.ctx.id.name).whose(),
    ];
  }
}
export default {
  async fetch(_request, given, ctx) {
    const stub = ctx.exports.Entry({ props: { from: "the Worker" } });
    const names = Array.from({ length: 12 }, (_each, index) => "box " + index);
    const callback = (name) => "called by " + name;
    return Response.json(
      await Promise.all(names.map((name) => given.BOX.getByName(name).meet(stub, callback))),
    );
  },
};`;
const SPREAD_OTHER = `import { DurableObject } from "cloudflare:workers";
export class Far extends DurableObject {
  whose() { return this.env.NAME + " " + this.ctx.id.name; }
}
export default {
  fetch: (_request, env) => new Response(env.NAME),
  double: (number) => number * 2,
};`;

test("objects on several lanes call services, and are handed them", async (t) => {
  const directory = project(t, {
    "main/wrangler.json": {
      name: "main",
      main: "index.js",
      compatibility_date: "2026-08-01",
      vars: { NAME: "main" },
      services: [{ binding: "OTHER", service: "other" }],
      durable_objects: {
        bindings: [
          { name: "BOX", class_name: "Box" },
          { name: "FAR", class_name: "Far", script_name: "other" },
        ],
      },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Box"] }],
    },
    "main/index.js": SPREAD,
    "other/wrangler.json": {
      name: "other",
      main: "index.js",
      compatibility_date: "2026-08-01",
      vars: { NAME: "other" },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Far"] }],
    },
    "other/index.js": SPREAD_OTHER,
  });
  const args = ["serve", "--lanes", "3", "-c", "main/wrangler.json", "-c", "other/wrangler.json"];
  const command = new Command(t, args, { cwd: directory });
  const seen = await (await fetch(await command.url())).json();
  for (const [index, each] of seen.entries()) {
    assert.deepEqual(each, [
      ["main", { from: "the Worker" }],
      `called by box ${index}`,
      42,
      "other",
      ["main", { from: "the object" }],
      `other far box ${index}`,
    ]);
  }
});

test("the banner lists the Workers, and where each leads", async (t) => {
  const directory = project(t, FILES);
  const command = new Command(t, ["serve", ...BOTH], { cwd: directory });
  const url = await command.url();
  assert.deepEqual(
    command.output
      .split("\n")
      .map((line) => line.trimEnd())
      .slice(0, 16),
    [
      "",
      "  front front/wrangler.jsonc",
      "  env.LEDGER  Durable Object  Ledger of back",
      "  env.BACK    service         back",
      "  env.ADMIN   service         back#Admin",
      '  env.NAME    var             "front\'s"',
      "  env.SECRET  secret          (hidden)",
      "",
      "  back back/wrangler.toml",
      "  env.LEDGER  Durable Object  Ledger (SQLite)",
      '  env.NAME    var             "back\'s"',
      "  env.SECRET  secret          (hidden)",
      "",
      "  data        directory       front/.steadfast",
      "",
      `  ready on ${url}`,
    ],
  );
});

test("a change of any of them reloads all", async (t) => {
  const directory = project(t, FILES);
  const command = new Command(t, ["dev", ...BOTH], { cwd: directory });
  const url = await command.url();
  assert.equal(await get(`${url}/fetch`), "back back's /fetch");
  write(directory, "back/index.js", BACK.replace('"back "', '"changed "'));
  await command.printed(/reloaded in/);
  assert.equal(await get(`${url}/fetch`), "changed back's /fetch");
  write(directory, "back/.dev.vars", "NAME=new");
  await command.printed(/reloaded in/);
  assert.equal(await get(`${url}/fetch`), "changed new /fetch");
  write(directory, "front/index.js", FRONT.replace('=== "/fetch"', '=== "/moved"'));
  await command.printed(/reloaded in/);
  assert.equal(await get(`${url}/moved`), "changed new /moved");
  assert.deepEqual((await (await fetch(url)).json()).object, ["new", 2]);
  write(directory, "back/index.js", BACK.replace("class Admin", "class Other"));
  await command.printed(
    /the Worker does not export the entry point "Admin": binding="ADMIN" service="back" entrypoint="Admin" exports="Ledger, Other, Unbound, default"/,
  );
  assert.equal(await get(`${url}/moved`), "changed new /moved");
});

test("a Worker that does not run here is warned of, and answers 503", async (t) => {
  const directory = project(t, FILES);
  const command = new Command(t, ["serve", "front"], { cwd: directory });
  const url = await command.url();
  const warning =
    "front/wrangler.jsonc: the Worker does not run here, so that requests to it are answered with 503";
  for (const what of [
    'binding="BACK" service="back"',
    'binding="ADMIN" service="back"',
    'binding="LEDGER" script_name="back"',
  ]) {
    assert.ok(
      command.output.includes(
        `warning ${warning}; give its configuration with another -c: ${what}`,
      ),
      `${what}\n${command.output}`,
    );
  }
  for (const path of ["fetch", "far"]) {
    const response = await fetch(`${url}/${path}`);
    assert.equal(response.status, 503);
    assert.equal(
      await response.text(),
      'Worker "back" not found. Make sure it is running locally.',
    );
  }
});

test("what several configurations cannot have is an error", async (t) => {
  const directory = project(t, FILES);
  const twice = await steadfast(
    ["serve", "-c", "front/wrangler.jsonc", "-c", "front/wrangler.jsonc"],
    {
      cwd: directory,
    },
  );
  assert.equal(twice.code, 1);
  assert.match(
    twice.stderr,
    /two Workers have one name: name="front" files="front\/wrangler\.jsonc, front\/wrangler\.jsonc"/,
  );
  write(
    directory,
    "back/index.js",
    BACK.replace("class Ledger", "class Lost").replace("class Admin", "class Other"),
  );
  const missing = await steadfast(["serve", ...BOTH], { cwd: directory });
  assert.equal(missing.code, 1);
  const exports = 'exports="Lost, Other, Unbound, default"';
  assert.ok(
    missing.stderr.includes(
      `the Worker does not export the class "Ledger": binding="LEDGER" class_name="Ledger" script_name="back" ${exports}`,
    ),
    missing.stderr,
  );
  assert.ok(
    missing.stderr.includes(
      `the Worker does not export the entry point "Admin": binding="ADMIN" service="back" entrypoint="Admin" ${exports}`,
    ),
    missing.stderr,
  );
});

const SCHEDULED = `export default {
  fetch: (request) => new Response("the Worker: " + new URL(request.url).pathname),
  async scheduled(controller) {
    console.log("scheduled", JSON.stringify(controller));
    if (controller.cron === "no") { controller.noRetry(); throw new Error("no"); }
  },
};`;
const SCHEDULED_FILES = {
  "wrangler.json": { main: "index.js", triggers: { crons: ["* * * * *"] } },
  "index.js": SCHEDULED,
};

/** A request with headers that `fetch` would not send. */
function request(url, headers) {
  return new Promise((resolve, reject) => {
    httpGet(url, { headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve([response.statusCode, text]);
    }).on("error", reject);
  });
}

test("dev runs the scheduled handler when it is asked to, by programs of this machine", async (t) => {
  const command = new Command(t, ["dev"], { cwd: project(t, SCHEDULED_FILES) });
  const url = await command.url();
  const path = `${url}/cdn-cgi/handler/scheduled`;
  assert.deepEqual(await request(`${path}?cron=1+*+*+*+*&time=1745856238000`), [200, "ok"]);
  await command.printed(/scheduled {"cron":"1 \* \* \* \*","scheduledTime":1745856238000}/);
  assert.deepEqual(await request(`${url}/cdn-cgi/mf/scheduled?format=json`), [
    200,
    '{"outcome":"ok","noRetry":false}',
  ]);
  await command.printed(/scheduled {"cron":"","scheduledTime":\d+}/);
  assert.deepEqual(await request(`${path}?cron=no`), [500, "exception"]);
  assert.deepEqual(await request(`${path}?cron=no&format=json`), [
    500,
    '{"outcome":"exception","noRetry":true}',
  ]);
  await command.printed(/uncaught \(in scheduled\) Error: no/);
  assert.deepEqual(await request(path, { host: "evil.example" }), [403, "Invalid Host header"]);
  assert.deepEqual(await request(path, { origin: "http://evil.example" }), [
    403,
    "Invalid Origin header",
  ]);
  assert.deepEqual(await request(`${url}/cdn-cgi/handler/what`), [
    404,
    '"/cdn-cgi/handler/what" is not a valid handler. Did you mean to use "/cdn-cgi/handler/scheduled" or "/cdn-cgi/handler/email"?',
  ]);
  assert.equal(await get(`${url}/cdn-cgi/other`), "the Worker: /cdn-cgi/other");
});

test("serve leaves the paths of handlers to the Worker", async (t) => {
  const command = new Command(t, ["serve"], { cwd: project(t, SCHEDULED_FILES) });
  const url = await command.url();
  assert.match(command.output, /scheduled {2}cron {7}\* \* \* \* \*/);
  assert.equal(
    await get(`${url}/cdn-cgi/handler/scheduled`),
    "the Worker: /cdn-cgi/handler/scheduled",
  );
});
