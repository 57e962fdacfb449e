// The plugin before its first object: options, setup, classes that are missing.
import { counter, OPTIONS, startPlugin, text } from "../objects.mjs";

export default {
  async options(t) {
    for (const options of [
      {},
      OPTIONS,
      { durableObjects: { A: { className: "A" }, B: { className: "B", scriptName: "s" } } },
      { durableObjectsPersist: true, durableObjectsAlarms: false, other: 1 },
      { durableObjectsPersist: "./path" },
      undefined,
    ]) {
      const { plugin } = t.plugin(options);
      t.log(
        plugin.durableObjects,
        plugin.durableObjectsPersist,
        plugin.durableObjectsAlarms,
        plugin.other,
      );
    }
  },
  async "option-metadata"(t) {
    const { opts } = t.mf.DurableObjectsPlugin.prototype;
    t.log(opts instanceof Map);
    for (const key of ["durableObjects", "durableObjectsPersist", "durableObjectsAlarms"]) {
      const { fromEntries, fromWrangler, ...rest } = opts.get(key);
      t.log(key, rest, typeof fromEntries, typeof fromWrangler);
    }
  },
  async "option-from-command-line"(t) {
    const { fromEntries } = t.mf.DurableObjectsPlugin.prototype.opts.get("durableObjects");
    t.log(
      fromEntries([
        ["A", "Class"],
        ["B", "Class@script"],
        ["C", "a@b@c"],
        ["D", "@x"],
        ["E", ""],
      ]),
    );
    t.log(fromEntries([]));
  },
  async "option-from-wrangler"(t) {
    const { opts } = t.mf.DurableObjectsPlugin.prototype;
    const read = (key, config) => opts.get(key).fromWrangler(config);
    const bindings = [
      { name: "A", class_name: "X" },
      { name: "B", class_name: "Y", script_name: "s", environment: "e" },
    ];
    t.log(read("durableObjects", { durable_objects: { bindings } }));
    t.log(read("durableObjects", {}), read("durableObjects", { durable_objects: {} }));
    for (const miniflare of [
      undefined,
      {},
      { durable_objects_persist: "p", durable_objects_alarms: false },
    ]) {
      t.log([
        read("durableObjectsPersist", { miniflare }),
        read("durableObjectsAlarms", { miniflare }),
      ]);
    }
  },
  async "option-log"(t) {
    const { context } = t.plugin({});
    const options = { durableObjects: { A: "X", B: { className: "Y" } } };
    const log = (DurableObjectsPlugin) =>
      t.shared.logOptions([["DurableObjectsPlugin", t.mf.DurableObjectsPlugin]], context.log, {
        DurableObjectsPlugin,
      });
    log({ ...options, durableObjectsPersist: true, durableObjectsAlarms: false });
    log({ durableObjectsPersist: "./path" });
    log({});
  },
  async setup(t) {
    const host = t.plugin({ durableObjects: { A: "X", B: { className: "Y", scriptName: "s" } } });
    const result = await host.plugin.setup(host.factory);
    t.log(Object.keys(result), Object.keys(result.bindings), result.requiresModuleExports);
    t.log(result.bindings.A instanceof t.mf.DurableObjectNamespace);
    t.log(result.bindings.A.idFromName("x").toString());
    const empty = t.plugin({});
    t.log(await empty.plugin.setup(empty.factory));
    const none = t.plugin({ durableObjects: {}, durableObjectsAlarms: false });
    t.log(await none.plugin.setup(none.factory));
  },
  async persist(t) {
    for (const durableObjectsPersist of [
      undefined,
      false,
      true,
      "./dir",
      "/abs",
      "redis://host:1",
      "rediss://h",
      "../up",
    ]) {
      const host = t.plugin({ ...OPTIONS, durableObjectsPersist });
      await host.plugin.setup(host.factory);
      host.plugin.getStorage(host.factory, new t.mf.DurableObjectId("TEST", "ab"));
    }
  },
  async "before-the-first-reload"(t) {
    const host = t.plugin(OPTIONS, { date: "2024-01-01" });
    const { bindings } = await host.plugin.setup(host.factory);
    const id = bindings.TEST.idFromName("a");
    await t.call(() => bindings.TEST.get(id).fetch("http://host/"));
    await t.call(() => host.plugin.getObject(host.factory, id));
    await t.call(() => host.plugin.getInstance(host.factory, id));
    await t.call(() => host.plugin.reload({}, { Counter: class {} }, new Map()));
    await t.call(() => host.plugin.getStorage(host.factory, id).get("a"));
  },
  async "missing-class"(t) {
    const host = t.plugin({ durableObjects: { TEST: "Missing" } });
    await host.plugin.setup(host.factory);
    await host.plugin.beforeReload();
    await t.call(() => host.plugin.reload({}, {}, new Map()));
    await t.call(() => host.plugin.reload({}, { Missing: class {} }, new Map()));
    const scripted = t.plugin({
      durableObjects: { TEST: { className: "Missing", scriptName: "other" } },
    });
    await scripted.plugin.setup(scripted.factory);
    await scripted.plugin.beforeReload();
    await t.call(() => scripted.plugin.reload({}, {}, new Map()));
    await t.call(() => scripted.plugin.reload({}, {}, new Map([["other", {}]])));
    await t.call(() => scripted.plugin.reload({}, {}, new Map([["other", { moduleExports: {} }]])));
    const moduleExports = { Missing: class {} };
    await t.call(() => scripted.plugin.reload({}, {}, new Map([["other", { moduleExports }]])));
  },
  async "missing-class-is-not-constructed"(t) {
    const host = t.plugin(OPTIONS, { date: "2024-01-01" });
    const { bindings } = await host.plugin.setup(host.factory);
    await host.plugin.beforeReload();
    await t.call(() => host.plugin.reload({}, {}, new Map()));
    const fetch = t.start("fetch", () =>
      bindings.TEST.get(bindings.TEST.idFromName("a")).fetch("http://host/"),
    );
    await t.turn(3);
    t.log("reloading");
    host.plugin.reload({}, { Counter: counter(t) }, new Map());
    await fetch;
  },
  async "mounted-scripts"(t) {
    const options = {
      durableObjects: { HERE: "Counter", THERE: { className: "Counter", scriptName: "other" } },
    };
    const host = t.plugin(options, { date: "2024-01-01" });
    host.mounts.set("other", { moduleExports: { Counter: counter(t) } });
    const { HERE, THERE } = await host.start({ Counter: counter(t) });
    await t.call(() => text(HERE.get(HERE.idFromName("a")).fetch("http://host/")));
    await t.call(() => text(THERE.get(THERE.idFromName("a")).fetch("http://host/")));
  },
  async "dispose-without-setup"(t) {
    const { plugin } = t.plugin(OPTIONS);
    await t.call(() => plugin.dispose());
  },
  async "wrong-constructors"(t) {
    for (const value of [5, "text", {}, () => ({}), async () => {}]) {
      const host = t.plugin(OPTIONS, { date: "2024-01-01" });
      const { TEST } = await host.start({ Counter: value });
      await t.call(typeof value, () => TEST.get(TEST.idFromName("a")).fetch("http://host/"));
    }
  },
  async "plugin-class"(t) {
    const { plugin } = t.plugin(OPTIONS);
    t.log(plugin instanceof t.shared.Plugin, plugin.constructor.name);
    // `ignoreAlarms` is a difference of its own.
    t.log(
      Object.keys(plugin)
        .filter((key) => key !== "ignoreAlarms")
        .sort(),
    );
  },
};
