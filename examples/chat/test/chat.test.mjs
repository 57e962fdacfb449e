import assert from "node:assert/strict";
import { cpSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../../packages/steadfast/test/command.mjs";
import { project, write } from "../../../packages/steadfast/test/project.mjs";
import { Visitor } from "../../../packages/steadfast/test/visitor.mjs";
import { openBrowser, Page } from "./browser.mjs";

const example = fileURLToPath(new URL("..", import.meta.url));
const packages = realpathSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)));

/** A copy of the example, to be changed. */
function copy(t) {
  const directory = project(t, {});
  for (const part of ["src", "public", "wrangler.jsonc"]) {
    cpSync(join(example, part), join(directory, part), { recursive: true });
  }
  symlinkSync(packages, join(directory, "node_modules"));
  return directory;
}

/** Enters a room over a socket alone. */
function enter(t, url, name, after = 0) {
  const parameters = new URLSearchParams({ name, person: name, after: String(after) });
  return Visitor.connect(t, `${url}/rooms/lobby/socket?${parameters}`);
}

const say = (visitor, text) => visitor.send(JSON.stringify({ type: "say", text }));

/** Names and texts of the next messages. */
async function heard(visitor) {
  const { messages } = await visitor.nextOf("messages");
  return messages.map(({ name, text }) => `${name}: ${text}`);
}

test("a room tells who is there and what is said, and remembers it", async (t) => {
  const directory = copy(t);
  let command = new Command(t, ["serve"], { cwd: directory });
  let url = await command.url();
  const ada = await enter(t, url, "Ada");
  assert.deepEqual(await heard(ada), []);
  assert.deepEqual((await ada.nextOf("present")).names, ["Ada"]);
  const grace = await enter(t, url, "Grace");
  assert.deepEqual(await heard(grace), []);
  assert.deepEqual((await ada.nextOf("present")).names, ["Ada", "Grace"]);
  say(ada, "  hello ");
  assert.deepEqual(await heard(grace), ["Ada: hello"]);
  say(grace, "good morning");
  assert.deepEqual(await heard(ada), ["Ada: hello"]);
  assert.deepEqual(await heard(ada), ["Grace: good morning"]);
  for (const nothing of ["", "{}", '{"type":"say","text":"  "}', '{"type":"say"}', "no json"]) {
    ada.send(nothing);
  }
  ada.send("ping");
  assert.equal(await ada.next(), "pong");
  assert.equal((await grace.close(1000, "bye")).code, 1000);
  assert.deepEqual((await ada.nextOf("present")).names, ["Ada"]);
  await command.kill("SIGKILL");

  command = new Command(t, ["serve"], { cwd: directory });
  url = await command.url();
  assert.deepEqual(await heard(await enter(t, url, "Ada")), ["Ada: hello", "Grace: good morning"]);
  assert.deepEqual(await heard(await enter(t, url, "Grace", 1)), ["Grace: good morning"]);
});

test("whoever says too much at once has to wait", async (t) => {
  const command = new Command(t, ["serve"], { cwd: copy(t) });
  const ada = await enter(t, await command.url(), "Ada");
  for (let number = 1; number <= 20; number += 1) say(ada, `number ${number}`);
  const { ms, text } = await ada.nextOf("wait");
  assert.ok(ms > 0 && ms <= 1000);
  assert.match(text, /^number \d+$/);
});

test("only a WebSocket with a name is let into a room", async (t) => {
  const command = new Command(t, ["serve"], { cwd: copy(t) });
  const url = await command.url();
  assert.equal(await get(`${url}/rooms/lobby/socket`), "Expected a WebSocket\n");
  assert.equal(await get(`${url}/rooms`), "Not found\n");
  await assert.rejects(Visitor.connect(t, `${url}/rooms/lobby/socket`), /400/);
});

test("two pages talk while the code is replaced, and find what was said after a restart", async (t) => {
  const browser = await openBrowser(t);
  if (browser === undefined) return;
  const directory = copy(t);
  let command = new Command(t, ["dev"], { cwd: directory });
  let url = `${await command.url()}/?room=lobby`;
  const ada = await Page.open(browser, url, "Ada");
  const grace = await Page.open(browser, url, "Grace");
  await ada.seesPresent("Ada (you)", "Grace");
  await ada.say("Does it compile?");
  await grace.sees("Ada", "Does it compile?");
  await grace.say("It does.");
  await ada.sees("Grace", "It does.");

  const room = readFileSync(join(directory, "src/room.ts"), "utf8");
  const louder = room.replace("this.#say(name, text);", "this.#say(name, text.toUpperCase());");
  assert.notEqual(louder, room);
  write(directory, "src/room.ts", louder);
  await command.printed(/reloaded in/);
  await ada.say("and now?");
  await grace.sees("Ada", "AND NOW?");
  await grace.say("louder.");
  await ada.sees("Grace", "LOUDER.");
  for (const page of [ada, grace]) {
    assert.deepEqual([page.connections, page.disconnections, page.errors], [1, 0, []]);
  }
  const said = ["Does it compile?", "It does.", "AND NOW?", "LOUDER."];
  assert.deepEqual(await ada.texts(), said);
  await grace.close();
  await ada.seesPresent("Ada (you)");

  await command.kill("SIGKILL");
  await ada.status("Connection lost");
  command = new Command(t, ["serve"], { cwd: directory });
  url = `${await command.url()}/?room=lobby`;
  await ada.enter(url, "Ada");
  assert.deepEqual(await ada.texts(), said);
  await ada.say("still here");
  await ada.sees("Ada", "STILL HERE");
});
