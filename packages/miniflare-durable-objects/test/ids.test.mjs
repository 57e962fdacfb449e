// Ids and namespaces: the digits, what is refused, what inspection shows.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { failureOf, ours, sameLog, theirs } from "./both.mjs";

const suffixOf = (name) => createHash("sha256").update(name).digest("hex").slice(0, 16);
const nowhere = () => Promise.reject(new Error("nobody is called"));

test("a name has the digits it always had", async () => {
  const [first] = await sameLog(({ DurableObjectNamespace }, log) => {
    for (const binding of ["COUNTER", "TEST", "", "ÄÖ:1"]) {
      const namespace = new DurableObjectNamespace(binding, nowhere);
      for (const name of ["", "a", "instance", "ÄÖ", "x".repeat(3000), "\ud800"]) {
        log(binding, name, namespace.idFromName(name).toString());
      }
    }
  });
  assert.match(first, /[89a-f][0-9a-f]{47}/);
  assert.ok(first.endsWith(suffixOf("COUNTER")));
});

test("a unique id has the time, chance, and the binding's own bytes", () => {
  const namespace = new ours.DurableObjectNamespace("COUNTER", nowhere);
  const before = BigInt(Date.now());
  const ids = Array.from({ length: 50 }, () => namespace.newUniqueId().toString());
  const after = BigInt(Date.now());
  assert.equal(new Set(ids.map((id) => id.slice(18, 48))).size, 50);
  for (const id of ids) {
    assert.match(id, /^00[0-9a-f]{62}$/);
    const time = BigInt(`0x${id.slice(2, 18)}`);
    assert.ok(time >= before && time <= after);
    assert.ok(id.endsWith(suffixOf("COUNTER")));
    assert.equal(
      new theirs.DurableObjectNamespace("COUNTER", nowhere).idFromString(id).toString(),
      id,
    );
  }
});

test("ids from strings are checked as before", async () => {
  const log = await sameLog(async ({ DurableObjectNamespace }, log) => {
    const namespace = new DurableObjectNamespace("TEST", nowhere);
    const good = namespace.idFromName("a").toString();
    const other = new DurableObjectNamespace("OTHER", nowhere).idFromName("a").toString();
    const upperHead = good.slice(0, 48).toUpperCase() + good.slice(48);
    for (const text of [
      good,
      other,
      upperHead,
      good.toUpperCase(),
      "",
      good.slice(1),
      `${good}0`,
    ]) {
      log(text, await failureOf(() => namespace.idFromString(text)));
    }
    log(await failureOf(() => namespace.idFromString(undefined)));
    log(namespace.idFromString(good).name, namespace.idFromName("a").name);
  });
  assert.ok(log.some((line) => line.includes("does not match this Durable Object class")));
});

test("jurisdictions are accepted or refused as before", async () => {
  await sameLog(async ({ DurableObjectNamespace }, log) => {
    const namespace = new DurableObjectNamespace("TEST", nowhere);
    for (const jurisdiction of [undefined, "eu", "fedramp", "us", "", null]) {
      log(await failureOf(() => namespace.newUniqueId({ jurisdiction }).toString().length));
      log(await failureOf(() => namespace.jurisdiction(jurisdiction) === namespace));
    }
  });
});

test("ids are equal by their digits", async () => {
  await sameLog(({ DurableObjectId, DurableObjectNamespace }, log) => {
    const namespace = new DurableObjectNamespace("TEST", nowhere);
    const id = namespace.idFromName("a");
    const others = [
      id,
      namespace.idFromName("a"),
      namespace.idFromName("b"),
      new DurableObjectId("OTHER", id.toString()),
      { toString: () => id.toString() },
      id.toString(),
      undefined,
      null,
    ];
    log(others.map((other) => id.equals(other)));
  });
});

test("a stub is given for ids of the namespace alone", async () => {
  await sameLog(async ({ DurableObjectId, DurableObjectNamespace }, log) => {
    const namespace = new DurableObjectNamespace("TEST", nowhere);
    const id = namespace.idFromName("a");
    const stub = namespace.get(id);
    log(stub.id === id, stub.name, namespace.get(namespace.newUniqueId()).name);
    log(await failureOf(() => namespace.get(new DurableObjectId("OTHER", id.toString()))));
    log(await failureOf(() => namespace.get(new DurableObjectId("TEST", "0".repeat(64)))));
    log(await failureOf(() => namespace.get({})));
    log(await failureOf(() => namespace.get(undefined)).then((line) => line.split(":")[0]));
  });
});

test("inspection shows what it showed", async () => {
  const [id] = await sameLog((mf, log) => {
    const namespace = new mf.DurableObjectNamespace("TEST", nowhere);
    const named = namespace.idFromName("a");
    const state = new mf.DurableObjectState(named, "the storage");
    const instances = [
      named,
      namespace.idFromString(named.toString()),
      namespace.get(named),
      namespace,
      state,
    ];
    for (const instance of instances) {
      log(inspect(instance), propertiesOf(instance), JSON.stringify(instance));
    }
    for (const name of Object.keys(mf).sort()) {
      if (typeof mf[name] !== "function" || name === "DurableObjectsPlugin") continue;
      log(name, mf[name].name, Object.getOwnPropertyNames(mf[name]).sort());
    }
  });
  assert.match(id, /\[ 'equals', 'name', 'toString' \]/);
});

/** The names a program finds on an instance and on its class, as the original's own tests list them. */
function propertiesOf(instance) {
  const names = new Set(Object.getOwnPropertyNames(instance));
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(instance))) names.add(name);
  names.delete("constructor");
  return [...names].sort();
}
