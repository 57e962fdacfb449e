import assert from "node:assert/strict";
import { test } from "node:test";
import { pack, unpack } from "../dist/web/header-list.js";
import { freezeHeaders, Headers, headersFromList, listOf } from "../dist/web/headers.js";
import { same } from "./web-differential.mjs";

const mixed = [
  ["b", "1"],
  ["Set-Cookie", "x=1"],
  ["A", " spaced\t"],
  ["set-cookie", "y=2"],
  ["B", "2"],
];

same({
  "nothing gives no headers": ({ Headers }) => [...new Headers()],
  "a record is taken in order of names": ({ Headers }) => [
    ...new Headers({ b: "1", A: "2", c: 3 }),
  ],
  "pairs are joined, cookies stay apart": ({ Headers }) => [...new Headers(mixed)],
  "headers are copied": ({ Headers }) => {
    const first = new Headers(mixed);
    const second = new Headers(first);
    second.append("b", "3");
    return [[...first], [...second]];
  },
  "an iterator of iterators will do": ({ Headers }) => [
    ...new Headers(new Map([["x", "1"]]).entries()),
  ],
  "null is refused": ({ Headers }) => new Headers(null),
  "a string is refused": ({ Headers }) => new Headers("a: b"),
  "a triple is refused": ({ Headers }) => new Headers([["a", "b", "c"]]),
  "a single is refused": ({ Headers }) => new Headers([["a"]]),
  "get joins": ({ Headers }) => {
    const headers = new Headers(mixed);
    return [headers.get("B"), headers.get("set-cookie"), headers.get("none"), headers.get("a")];
  },
  "getSetCookie splits": ({ Headers }) => new Headers(mixed).getSetCookie(),
  "has ignores case": ({ Headers }) => [
    new Headers(mixed).has("SET-cookie"),
    new Headers().has("x"),
  ],
  "set replaces all of a name": ({ Headers }) => {
    const headers = new Headers(mixed);
    headers.set("b", "9");
    headers.set("Set-Cookie", "z=3");
    headers.set("new", "n");
    return [...headers];
  },
  "delete removes all of a name": ({ Headers }) => {
    const headers = new Headers(mixed);
    headers.delete("B");
    headers.delete("set-cookie");
    headers.delete("none");
    return [...headers];
  },
  "keys, values, entries": ({ Headers }) => {
    const headers = new Headers(mixed);
    return [[...headers.keys()], [...headers.values()], [...headers.entries()]];
  },
  "forEach passes value, name, headers, this": ({ Headers }) => {
    const headers = new Headers(mixed);
    const calls = [];
    const self = {};
    headers.forEach(function (value, name, whole) {
      calls.push([value, name, whole === headers, this === self]);
    }, self);
    return calls;
  },
  "forEach wants a function": ({ Headers }) => new Headers({ a: "b" }).forEach("x"),
  "iteration sees changes": ({ Headers }) => {
    const headers = new Headers({ b: "1", d: "2" });
    const seen = [];
    for (const [name] of headers) {
      seen.push(name);
      if (name === "b") headers.set("c", "3");
    }
    return seen;
  },
  "the iterator's tag": ({ Headers }) => Object.prototype.toString.call(new Headers().keys()),
  "the object's tag": ({ Headers }) => String(new Headers()),
  "values become text": ({ Headers }) => [...new Headers({ a: 1, b: null, c: undefined, d: true })],
  "for in lists the members": ({ Headers }) => {
    const names = [];
    for (const name in new Headers()) names.push(name);
    return names.filter((name) => name !== "getAll").sort();
  },
  ...Object.fromEntries(
    ["", "a b", "a:", "é", "a\n", "(x)", "a,b"].map((name) => [
      `the name ${JSON.stringify(name)} is refused`,
      ({ Headers }) => new Headers([[name, "v"]]),
    ]),
  ),
  ...Object.fromEntries(
    ["get", "has", "delete"].map((method) => [
      `${method} refuses a bad name`,
      ({ Headers }) => new Headers()[method]("a b"),
    ]),
  ),
  ...Object.fromEntries(
    ["a\nb", "a\rb", "a\0b"].map((value) => [
      `the value ${JSON.stringify(value)} is refused`,
      ({ Headers }) => new Headers([["n", value]]),
    ]),
  ),
  ...Object.fromEntries(
    ["", " ", "\r\n x \t", "a  b", "\u00e9", "a\tb", "\x01", "x\n"].map((value) => [
      `the value ${JSON.stringify(value)} is trimmed alike`,
      ({ Headers }) => [...new Headers([["n", value]])],
    ]),
  ),
});

test("frozen headers refuse every change and still read", () => {
  const headers = new Headers({ a: "1" });
  freezeHeaders(headers);
  for (const change of [
    () => headers.set("a", "2"),
    () => headers.append("b", "2"),
    () => headers.delete("a"),
    () => headers.delete("none"),
  ]) {
    assert.throws(change, new TypeError("Can't modify immutable headers."));
  }
  assert.equal(headers.get("a"), "1");
  const copy = new Headers(headers);
  copy.set("a", "2");
  assert.equal(copy.get("a"), "2");
});

test("a list is borrowed, and copied before the first change", () => {
  const list = Object.freeze(["a", "1", "b", "2"]);
  const headers = headersFromList(list, "none");
  assert.equal(listOf(headers), list);
  headers.set("a", "3");
  headers.delete("b");
  assert.deepEqual(list, ["a", "1", "b", "2"]);
  const shared = listOf(headers);
  headers.append("c", "4");
  assert.deepEqual(shared, ["a", "3"]);
  assert.deepEqual(listOf(headers), ["a", "3", "c", "4"]);
});

test("a packed list is the list", () => {
  for (const list of [[], ["a", "1"], ["a", "", "b", "x y"], ["a", "", "b", ""]]) {
    assert.deepEqual(unpack(pack(list)), list);
    assert.equal(pack(pack(list)), pack(list));
    assert.deepEqual(listOf(headersFromList(pack(list), "none")), list);
  }
  const headers = headersFromList("a\n1\nb\n2", "none");
  headers.set("a", "3");
  assert.deepEqual(listOf(headers), ["a", "3", "b", "2"]);
});

test("headers of either kind are instances of both classes", () => {
  const platform = new globalThis.Headers({ a: "1" });
  assert.ok(platform instanceof Headers);
  assert.ok(new Headers() instanceof globalThis.Headers);
  assert.ok(!({} instanceof Headers));
  class Mine extends Headers {}
  assert.ok(new Mine() instanceof Mine && new Mine() instanceof Headers);
  assert.ok(!(new Headers() instanceof Mine));
  assert.deepEqual([...new Headers(platform)], [["a", "1"]]);
  assert.deepEqual([...new globalThis.Headers(new Headers(mixed))], [...new Headers(mixed)]);
});

test("getAll is for Set-Cookie alone", () => {
  assert.deepEqual(new Headers(mixed).getAll("Set-Cookie"), ["x=1", "y=2"]);
  assert.throws(() => new Headers(mixed).getAll("b"), TypeError);
});
