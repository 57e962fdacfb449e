// Ids and namespaces: the vectors, what is refused, what two ids have in common.

const namespaceOf = (t, name = "TEST") =>
  new t.mf.DurableObjectNamespace(name, async () => undefined);

export default {
  async vectors(t) {
    for (const [binding, name] of [
      ["TEST", "test"],
      ["TEST", ""],
      ["COUNTER", "é😀"],
      ["TEST", "http://foo/"],
      ["", "test"],
      ["my-worker-Counter", "test"],
      ["TEST", "x".repeat(1025)],
      ["TEST", "lone \ud800 surrogate"],
      ["é😀", "\u0000"],
    ]) {
      const id = namespaceOf(t, binding).idFromName(name);
      t.log([binding, name], id.toString(), [id.name]);
    }
  },
  async "unique-ids"(t) {
    t.fakeTime(1_700_000_000_000);
    const namespace = namespaceOf(t);
    const [one, two] = [namespace.newUniqueId(), namespace.newUniqueId()];
    for (const id of [one, two]) {
      const text = id.toString();
      t.log(text.length, text.slice(0, 18), text.slice(48), id.name, `${/^[0-9a-f]*$/.test(text)}`);
    }
    t.log(one.equals(two), one.toString() === two.toString());
    t.clock.now = 2 ** 40;
    t.log(namespace.newUniqueId().toString().slice(0, 18));
  },
  async "id-from-string"(t) {
    const namespace = namespaceOf(t);
    const named = namespace.idFromName("test");
    const id = namespace.idFromString(named.toString());
    t.log(id.toString(), id.name, id.equals(named), named.equals(id));
    await t.call("upper case", () => namespace.idFromString(named.toString().toUpperCase()));
    const unique = namespace.newUniqueId();
    t.log(namespace.idFromString(unique.toString()).equals(unique));
  },
  async "id-from-string-refused"(t) {
    const namespace = namespaceOf(t);
    const hex = namespace.idFromName("test").toString();
    for (const text of [
      "",
      "x",
      hex.slice(1),
      `${hex}0`,
      `g${hex.slice(1)}`,
      ` ${hex}`,
      `${hex}\n`,
    ]) {
      await t.call(`length ${text.length}`, () => namespace.idFromString(text));
    }
    await t.call("other class", () =>
      namespace.idFromString(namespaceOf(t, "OTHER").newUniqueId().toString()),
    );
    await t.call("last bit", () => namespace.idFromString(`${hex.slice(0, -1)}6`));
    await t.call("first bit", () => namespace.idFromString(`0${hex.slice(1)}`).toString());
    await t.call(() => namespace.idFromString());
    await t.call(() => namespace.idFromString(null));
    await t.call(() => namespace.idFromString(12));
  },
  async "id-from-string-of-an-object"(t) {
    const namespace = namespaceOf(t);
    const id = namespace.idFromName("test");
    await t.call(() => namespace.idFromString(id).toString());
    await t.call(() => namespace.idFromString({ toString: () => id.toString() }).toString());
  },
  async "upper-case-other-class"(t) {
    const namespace = namespaceOf(t);
    const hex = namespace.idFromName("test").toString();
    const half = hex.slice(0, 48) + hex.slice(48).toUpperCase();
    await t.call("only the hash", () => namespace.idFromString(half).toString());
    const front = hex.slice(0, 48).toUpperCase() + hex.slice(48);
    await t.call("only the front", () => namespace.idFromString(front).toString());
  },
  async "wrong-names"(t) {
    const namespace = namespaceOf(t);
    await t.call(() => namespace.idFromName());
    await t.call(() => namespace.idFromName(null));
    await t.call(() => namespace.idFromName(5));
    await t.call(() => namespace.idFromName({}));
    await t.call(() => namespace.idFromName(new Uint8Array([116])).toString());
  },
  async "namespaces-without-a-name"(t) {
    await t.call(() => namespaceOf(t, null));
    await t.call(() => new t.mf.DurableObjectNamespace());
    await t.call(() => namespaceOf(t, 5));
  },
  async equals(t) {
    const [one, other] = [namespaceOf(t), namespaceOf(t, "OTHER")];
    const id = one.idFromName("test");
    t.log(id.equals(id), id.equals(one.idFromName("test")), id.equals(one.idFromName("else")));
    t.log(id.equals(other.idFromName("test")));
    for (const value of [undefined, null, {}, id.toString(), { toString: () => id.toString() }]) {
      t.log(id.equals(value));
    }
    const { DurableObjectId } = t.mf;
    t.log(new DurableObjectId("A", "00").equals(new DurableObjectId("B", "00")));
    t.log(new DurableObjectId("A", "00").equals(new DurableObjectId("A", "01")));
  },
  async "the-class"(t) {
    const { DurableObjectId } = t.mf;
    const id = new DurableObjectId("TEST", "ab", "name");
    t.log(
      id.toString(),
      id.name,
      `${id}`,
      JSON.stringify(id),
      Object.keys(id),
      id instanceof Object,
    );
    t.log(
      new DurableObjectId("TEST", "ab").name,
      JSON.stringify(new DurableObjectId("TEST", "ab")),
    );
    t.log(
      "name" in new DurableObjectId("TEST", "ab"),
      DurableObjectId.length,
      DurableObjectId.name,
    );
    t.log(new DurableObjectId("TEST", "AB").toString());
  },
  async "name-can-be-assigned"(t) {
    const id = namespaceOf(t).idFromName("test");
    await t.call("assign", () => {
      id.name = "else";
    });
    t.log(id.name);
  },
  async jurisdictions(t) {
    const namespace = namespaceOf(t);
    for (const jurisdiction of ["eu", "fedramp", undefined, "us", "EU", "", null, 5]) {
      await t.call(`unique ${jurisdiction}`, () => namespace.newUniqueId({ jurisdiction }).name);
      await t.call(
        `namespace ${jurisdiction}`,
        () => namespace.jurisdiction(jurisdiction) === namespace,
      );
    }
    await t.call(() => namespace.newUniqueId({}).name);
    await t.call(() => namespace.newUniqueId(null).name);
  },
  async get(t) {
    const namespace = namespaceOf(t);
    const id = namespace.idFromName("test");
    const stub = namespace.get(id);
    t.log(stub.id === id, stub.name, stub instanceof t.mf.DurableObjectStub);
    t.log(namespace.get(id) === stub, namespace.get(namespace.newUniqueId()).name);
    t.log(namespace.get(namespace.idFromString(id.toString())).name);
  },
  async "get-refused"(t) {
    const namespace = namespaceOf(t);
    await t.call(() => namespace.get(namespaceOf(t, "OTHER").idFromName("test")));
    await t.call(() => namespace.get(namespaceOf(t, "OTHER").newUniqueId()));
    await t.call(() => namespace.get(new t.mf.DurableObjectId("TEST", "ab")));
    await t.call(() => namespace.get(namespace.idFromName("test").toString()));
    await t.call(() => namespace.get());
    await t.call(() => namespace.get(null));
    await t.call(() => namespace.get({}));
  },
  async "same-name-twice"(t) {
    const id = namespaceOf(t).idFromName("test");
    t.log(namespaceOf(t).get(id).id.equals(id));
    const hash = namespaceOf(t, "OTHER").newUniqueId().toString().slice(48);
    const forged = new t.mf.DurableObjectId("OTHER", `${"0".repeat(48)}${hash}`);
    await t.call("another's hash", () => namespaceOf(t).get(forged));
    await t.call("its own", () => namespaceOf(t, "OTHER").get(forged).name);
  },
  async "unbound-methods"(t) {
    const { idFromName, get, newUniqueId } = namespaceOf(t);
    const rejected = (closure) => {
      try {
        closure();
        return "works";
      } catch (error) {
        return error.constructor.name;
      }
    };
    t.log([() => idFromName("a"), () => newUniqueId(), () => get({})].map(rejected));
  },
};
