// Alarms as the plugin runs them, and its end.
import { counter, OPTIONS, startPlugin, text } from "../objects.mjs";

const NOW = 1_700_000_000_000;

export default {
  async alarms(t) {
    const { plugin, factory, TEST } = await startPlugin(t);
    const id = TEST.idFromName("a");
    const { storage } = await plugin.getObject(factory, id);
    await storage.setAlarm(NOW + 5000);
    await t.clock.advance(4999);
    t.log("not yet");
    await t.clock.advance(1);
    await t.call(() => storage.getAlarm());
    await plugin.dispose();
  },
  async "alarms-persisted"(t) {
    const first = await startPlugin(t);
    const { storage } = await first.plugin.getObject(first.factory, first.TEST.idFromName("a"));
    await storage.setAlarm(NOW + 20_000);
    await first.plugin.dispose();
    t.clock.restore();
    t.log("another process");
    const { storages } = first.host;
    const second = await startPlugin(t, OPTIONS, { storages });
    await t.clock.advance(30_000);
    await second.plugin.dispose();
  },
  async "alarm-without-a-handler"(t) {
    const exports = { Counter: counter(t, { alarm: false }) };
    const { plugin, factory, TEST } = await startPlugin(t, OPTIONS, {}, exports);
    const id = TEST.idFromName("a");
    const untouched = plugin.getStorage(factory, id);
    t.log(untouched[t.mf.kAlarmExists]);
    const { storage } = await plugin.getObject(factory, id);
    await t.call(() => storage.setAlarm(NOW + 1000));
    await t.call(() => storage.getAlarm());
    const other = plugin.getStorage(factory, TEST.idFromName("b"));
    await t.call(() => other.setAlarm(NOW + 1000));
    await t.call(() => plugin.flushAlarms(factory));
    await plugin.dispose();
  },
  async "flush-alarms"(t) {
    const { plugin, factory, TEST } = await startPlugin(t);
    const ids = ["a", "b", "c"].map((name) => TEST.idFromName(name));
    for (const id of ids)
      await (await plugin.getObject(factory, id)).storage.setAlarm(NOW + 50_000);
    await t.call(() => plugin.flushAlarms(factory, [ids[1]]));
    await t.call(() => plugin.flushAlarms(factory, [TEST.idFromName("none")]));
    await t.call(() => plugin.flushAlarms(factory));
    await t.call(() => plugin.flushAlarms(factory));
    await plugin.dispose();
  },
  async "flush-alarms-fails"(t) {
    const { plugin, factory, TEST, host } = await startPlugin(t);
    await host.reload({
      Counter: class {
        alarm() {
          throw new RangeError("in the handler");
        }
      },
    });
    const { storage } = await plugin.getObject(factory, TEST.idFromName("a"));
    await storage.setAlarm(NOW + 50_000);
    await t.call(() => plugin.flushAlarms(factory));
    await t.call(() => storage.getAlarm());
    await t.call(() => plugin.flushAlarms(factory));
    await plugin.dispose();
  },
  async "alarm-context"(t) {
    const exports = {
      Counter: class {
        constructor(state) {
          this.state = state;
        }
        async alarm() {
          const { requestDepth, pipelineDepth, durableObject, externalSubrequestLimit } =
            t.shared.getRequestContext();
          t.log({ requestDepth, pipelineDepth, durableObject, externalSubrequestLimit });
          this.state.storage.put("a", 1);
          await this.state.storage.setAlarm(NOW + 90_000);
        }
      },
    };
    const { plugin, factory, TEST } = await startPlugin(
      t,
      OPTIONS,
      { usageModel: "unbound" },
      exports,
    );
    const { storage } = await plugin.getObject(factory, TEST.idFromName("a"));
    await storage.setAlarm(NOW + 50_000);
    await t.call(() => plugin.flushAlarms(factory, [TEST.idFromName("a")]));
    await t.call(() => storage.getAlarm());
    await plugin.dispose();
  },
  async "alarm-starts-the-object"(t) {
    const { plugin, factory, TEST, host } = await startPlugin(t);
    const { storage } = await plugin.getObject(factory, TEST.idFromName("a"));
    await storage.setAlarm(NOW + 1000);
    await host.reload();
    t.log("reloaded");
    await t.clock.advance(1000);
    await plugin.dispose();
  },
  async "alarm-rejects-into-the-void"(t) {
    const exports = {
      Counter: class {
        async alarm() {
          throw new Error("in the handler");
        }
      },
    };
    const { plugin, factory, TEST } = await startPlugin(t, OPTIONS, {}, exports);
    const { storage } = await plugin.getObject(factory, TEST.idFromName("a"));
    await storage.setAlarm(NOW + 1000);
    await t.clock.advance(1000);
    await t.call(() => storage.getAlarm());
    await plugin.dispose();
  },
  async dispose(t) {
    const { plugin, factory, TEST } = await startPlugin(t);
    const { storage } = await plugin.getObject(factory, TEST.idFromName("a"));
    await storage.setAlarm(NOW + 1000);
    await t.call(() => plugin.dispose());
    await t.clock.advance(90_000);
    t.log("timers left", t.clock.timers.length);
    t.start("fetch never comes", () => TEST.get(TEST.idFromName("a")).fetch("http://host/"));
    await t.turn(5);
  },
};
