// The Worker of the project: `/BINDING/name/action` is a request to that object.
const VERSION = 1;

/** Counts, in storage and since it was constructed; may set an alarm. */
export class Counter {
  #storage;
  #calls = 0;
  #alarms = signal();

  constructor(state, env) {
    this.#storage = state.storage;
    this.idHasName = state.id.name !== undefined;
    this.bindings = Object.keys(env).sort();
    state.blockConcurrencyWhile(async () => {
      const starts = ((await this.#storage.get("starts")) ?? 0) + 1;
      await this.#storage.put("starts", starts);
    });
  }

  async fetch(request) {
    const [, , , action] = new URL(request.url).pathname.split("/");
    this.#calls++;
    if (typeof this[`$${action}`] !== "function") return new Response("no action", { status: 404 });
    return new Response(JSON.stringify(await this[`$${action}`](request)));
  }

  async alarm() {
    await this.#storage.put("alarms", ((await this.#storage.get("alarms")) ?? 0) + 1);
    this.#alarms.resolve();
  }

  /** Read and written without a transaction: the gates alone make this right. */
  async $increment() {
    const count = (await this.#storage.get("count")) ?? 0;
    await this.#storage.put("count", count + 1);
    return count + 1;
  }

  $transfer() {
    return this.#storage.transaction(async (txn) => {
      const count = (await txn.get("count")) ?? 0;
      await txn.put({
        count: 0,
        saved: count,
        when: new Map([["day", [1n, new Uint8Array([7])]]]),
      });
      return count;
    });
  }

  async $refuse() {
    try {
      await this.#storage.put("x".repeat(2049), 1);
    } catch (error) {
      return `${error.name}: ${error.message} ${error instanceof RangeError}`;
    }
    return "accepted";
  }

  async $alarm(request) {
    await this.#storage.setAlarm(Date.now() + Number(await request.text()));
    return typeof (await this.#storage.getAlarm());
  }

  /** Waits for the alarm to have run. */
  async $alarmed() {
    await this.#alarms.promise;
    return this.$state();
  }

  async $state() {
    const entries = [...(await this.#storage.list())].map(([key, value]) => {
      return [key, value instanceof Map ? [...value.keys()] : value];
    });
    const { idHasName, bindings } = this;
    const alarm = (await this.#storage.getAlarm()) === null ? "none" : "set";
    return { version: VERSION, calls: this.#calls, entries, alarm, idHasName, bindings };
  }

  $throw() {
    throw new TypeError("thrown on purpose");
  }
}

export default {
  async fetch(request, env) {
    const [, binding, name] = new URL(request.url).pathname.split("/");
    const namespace = env[binding];
    if (namespace === undefined) return new Response("no binding", { status: 404 });
    try {
      return await namespace.get(namespace.idFromName(name)).fetch(request);
    } catch (error) {
      return new Response(`${error.name}: ${error.message}`, { status: 500 });
    }
  },
};

function signal() {
  const made = {};
  made.promise = new Promise((resolve) => {
    made.resolve = resolve;
  });
  return made;
}
