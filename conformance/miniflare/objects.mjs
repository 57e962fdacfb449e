// Objects that programs of the plugin and of stubs share.

const NOW = 1_700_000_000_000;

/** A class that writes what happens to it. */
export function counter(t, { alarm = true } = {}) {
  let instances = 0;
  class Counter {
    constructor(state, env) {
      this.number = ++instances;
      this.state = state;
      t.log("constructs", this.number, state.id.name, Object.keys(env));
    }
    async fetch() {
      const n = ((await this.state.storage.get("n")) ?? 0) + 1;
      await this.state.storage.put("n", n);
      return new t.core.Response(`${this.number}: ${n}`);
    }
  }
  if (alarm) {
    Counter.prototype.alarm = async function (...args) {
      t.log("alarm", this.number, args, await this.state.storage.getAlarm());
    };
  }
  return Counter;
}

export const OPTIONS = { durableObjects: { TEST: "Counter" } };

/** A plugin that has been started with a counter. */
export async function startPlugin(
  t,
  options = OPTIONS,
  host = {},
  exports = { Counter: counter(t) },
) {
  t.fakeTime(NOW);
  const hosted = t.plugin(options, { date: "2024-01-01", ...host });
  const bindings = await hosted.start(exports);
  return { ...hosted, host: hosted, plugin: hosted.plugin, factory: hosted.factory, ...bindings };
}

/** A stub of an object whose state holds `instance`, made the way the plugin makes it. */
export async function stubOf(t, Class, { date = "2024-01-01", flags, usageModel } = {}) {
  const host = t.plugin({ durableObjects: { TEST: "Test" } }, { date, flags, usageModel });
  const { TEST } = await host.start({ Test: Class });
  t.host = host;
  return TEST.get(TEST.idFromName("name"));
}

/** An object whose `fetch` is `fetch`. */
export const objectWith = (fetch) =>
  class {
    constructor(state, env) {
      this.state = state;
      this.env = env;
    }
    fetch(request) {
      return fetch.call(this, request);
    }
  };

/** An object that answers with what it was asked. */
export const echo = (t) =>
  objectWith(async (request) => {
    const body = await request.text();
    return new t.core.Response(`${request.method} ${request.url} ${body}`);
  });

export const text = async (response) => (await response).text();
