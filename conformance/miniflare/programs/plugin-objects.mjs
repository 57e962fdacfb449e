// Objects as the plugin keeps them: reloads, instances, storages, listing.
import { counter, OPTIONS, startPlugin, text } from "../objects.mjs";

export default {
  async counts(t) {
    const { TEST } = await startPlugin(t);
    const stub = TEST.get(TEST.idFromName("a"));
    await t.call(() => text(stub.fetch("http://host/")));
    await t.call(() => text(stub.fetch("http://host/")));
    await t.call(() => text(TEST.get(TEST.idFromName("b")).fetch("http://host/")));
    const again = TEST.get(TEST.idFromString(stub.id.toString()));
    await t.call(() => text(again.fetch("http://host/")));
  },
  async reload(t) {
    const { TEST, host } = await startPlugin(t);
    const stub = TEST.get(TEST.idFromName("a"));
    await t.call(() => text(stub.fetch("http://host/")));
    await host.reload();
    await t.call(() => text(stub.fetch("http://host/")));
    await host.reload({
      Counter: class {
        fetch() {
          return new t.core.Response("another class");
        }
      },
    });
    await t.call(() => text(stub.fetch("http://host/")));
  },
  async "reload-without-clearing"(t) {
    const { TEST, host, plugin } = await startPlugin(t);
    const stub = TEST.get(TEST.idFromName("a"));
    await t.call(() => text(stub.fetch("http://host/")));
    await plugin.beforeReload();
    plugin.reload({}, { Counter: counter(t) }, new Map());
    await t.call(() => text(stub.fetch("http://host/")));
    t.log([...host.context.sharedCache.keys()].map((key) => key.slice(0, 40)));
  },
  async "fetch-waits-for-reload"(t) {
    const { TEST, plugin, host } = await startPlugin(t);
    await plugin.beforeReload();
    const fetch = t.start("fetch", () =>
      text(TEST.get(TEST.idFromName("a")).fetch("http://host/")),
    );
    await t.turn(3);
    t.log("reloading");
    plugin.reload(host.bindings, host.exports, new Map());
    await fetch;
  },
  async "bindings-are-the-environment"(t) {
    const { host, TEST } = await startPlugin(t);
    await host.reload(host.exports, { TEST, TEXT: "text" });
    await t.call(() => text(TEST.get(TEST.idFromName("a")).fetch("http://host/")));
  },
  async "get-object"(t) {
    const { plugin, factory, TEST } = await startPlugin(t);
    const id = TEST.idFromName("a");
    const [one, two] = await Promise.all([
      plugin.getObject(factory, id),
      plugin.getObject(factory, id),
    ]);
    t.log(one === two, one instanceof t.mf.DurableObjectState, one.id.name, one.id.equals(id));
    t.log(one.storage === plugin.getStorage(factory, id));
    const instance = await plugin.getInstance(factory, id);
    t.log(
      instance.constructor.name,
      instance.state === one,
      instance === (await plugin.getInstance(factory, id)),
    );
  },
  async "get-storage"(t) {
    const { plugin, factory, TEST } = await startPlugin(t);
    const id = TEST.idFromName("a");
    const storage = plugin.getStorage(factory, id);
    t.log(storage instanceof t.mf.DurableObjectStorage, storage === plugin.getStorage(factory, id));
    await storage.put("n", 41);
    await t.call(() => text(TEST.get(id).fetch("http://host/")));
    await t.call(() => storage.get("n"));
    t.log(storage[t.mf.kAlarmExists]);
  },
  async "get-storage-of-any-id"(t) {
    const { plugin, factory } = await startPlugin(t);
    const id = new t.mf.DurableObjectId("OTHER", "abcd");
    await t.call(() => plugin.getStorage(factory, id).put("a", 1));
    await t.call(() => plugin.getObject(factory, id));
    await t.call(() => plugin.getStorage(factory, new t.mf.DurableObjectId("A:B", "cd")).get("a"));
    await t.call(() => plugin.getStorage(factory, {}).get("a"));
  },
  async "get-namespace"(t) {
    const { plugin, factory, TEST } = await startPlugin(t);
    const namespace = plugin.getNamespace(factory, "TEST");
    t.log(namespace === TEST, namespace.idFromName("a").equals(TEST.idFromName("a")));
    await t.call(() => text(namespace.get(namespace.idFromName("a")).fetch("http://host/")));
    const unknown = plugin.getNamespace(factory, "UNKNOWN");
    await t.call(() => unknown.get(unknown.idFromName("a")).fetch("http://host/"));
  },
  async "get-objects"(t) {
    const { plugin, factory, TEST, host } = await startPlugin(t);
    t.log(plugin.getObjects(factory, "TEST"));
    for (const name of ["a", "b"]) await TEST.get(TEST.idFromName(name)).fetch("http://host/");
    plugin.getStorage(factory, TEST.idFromName("storage only"));
    const ids = plugin.getObjects(factory, "TEST");
    t.log(ids.map((id) => [id.toString(), id.name, id instanceof t.mf.DurableObjectId]));
    t.log(TEST.get(ids[0]).id.equals(TEST.idFromName("a")));
    t.log(plugin.getObjects(factory, "OTHER"));
    await host.reload();
    t.log(plugin.getObjects(factory, "TEST"));
  },
  async "shared-cache"(t) {
    const { TEST, host } = await startPlugin(t);
    await TEST.get(TEST.idFromName("a")).fetch("http://host/");
    for (const [key, value] of host.context.sharedCache) t.log(key, value.constructor.name);
  },
  async "two-plugins-one-cache"(t) {
    const first = await startPlugin(t);
    const id = first.TEST.idFromName("a");
    await first.TEST.get(id).fetch("http://host/");
    const second = t.plugin(OPTIONS, { shared: first.host.context.sharedCache });
    await second.plugin.setup(second.factory);
    await second.plugin.beforeReload();
    second.plugin.reload({}, { Counter: counter(t) }, new Map());
    const state = await second.plugin.getObject(second.factory, id);
    t.log(state === (await first.plugin.getObject(first.factory, id)));
    await first.plugin.dispose();
    await second.plugin.dispose();
  },
  async "constructor-uses-storage"(t) {
    const exports = {
      Counter: class {
        constructor(state) {
          state.blockConcurrencyWhile(async () => {
            this.n = (await state.storage.get("n")) ?? 5;
            await state.storage.put("n", this.n + 1);
          });
        }
        fetch() {
          return new t.core.Response(`${this.n}`);
        }
      },
    };
    const { TEST, host } = await startPlugin(t, OPTIONS, {}, exports);
    const stub = TEST.get(TEST.idFromName("a"));
    await t.call(() => text(stub.fetch("http://host/")));
    await host.reload();
    await t.call(() => text(stub.fetch("http://host/")));
  },
};
