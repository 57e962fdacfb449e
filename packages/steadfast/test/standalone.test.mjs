// A storage that stands alone gives what the storage of an object that runs gives, on every backing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Steadfast } from "../dist/index.js";
import { backings, standalone } from "./standalone.mjs";
import { ownPrograms, programs } from "./standalone-programs.mjs";

/** What a program tells, as text. */
async function transcript(program, storage) {
  const lines = [];
  const show = (value) => inspect(value, { depth: 9, sorted: false, breakLength: 100 });
  await program(storage, (...told) => lines.push(told.map(show).join(" ")));
  return lines;
}

class Reference {
  constructor(ctx) {
    this.ctx = ctx;
  }

  alarm() {}

  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);
    const program = programs[name] ?? ownPrograms[name];
    return Response.json(await transcript(program, this.ctx.storage));
  }
}

const worker = {
  fetch: (request, env) => env.OBJ.getByName(request.url).fetch(request),
};
const app = await Steadfast.start({ worker, durableObjects: { OBJ: Reference } });
test.after(() => app.stop());

/** What the program tells within an object that nobody else uses. */
async function expected(name, backing) {
  return (await app.fetch(`http://reference/${name}?${encodeURIComponent(backing)}`)).json();
}

for (const [backing, { isOwn = false, cannot = [] }] of Object.entries(backings)) {
  const all = isOwn ? { ...programs, ...ownPrograms } : programs;
  for (const [name, program] of Object.entries(all)) {
    if (cannot.includes(name)) continue;
    test(`${name} on ${backing}`, async (t) => {
      assert.deepEqual(
        await transcript(program, standalone(t, backing)),
        await expected(name, backing),
      );
    });
  }
}
