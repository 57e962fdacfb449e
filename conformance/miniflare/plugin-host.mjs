// A stand-in for Miniflare around the plugin: context, storage factory, reloads.

/** The plugin under test with what Miniflare would give it; everything it asks for is in the transcript. */
export class PluginHost {
  /** The recorders it was given, by namespace. */
  storages = new Map();
  exports = {};
  mounts = new Map();

  /**
   * @param {import("./tools.mjs").Tools} t
   * @param {object} options of the plugin
   * @param {{ date?: string, flags?: string[], usageModel?: string, shared?: Map<string, unknown>, storages?: Map<string, object> }} host
   */
  constructor(t, options, { date, flags, usageModel, shared, storages } = {}) {
    this.t = t;
    if (storages) this.storages = storages;
    this.context = {
      log: new (recordingLog(t))(5),
      compat: new t.shared.Compatibility(date, flags),
      rootPath: "/root",
      usageModel,
      sharedCache: shared ?? new Map(),
    };
    this.factory = {
      storage: (namespace, persist) => {
        t.write(`factory storage(${JSON.stringify(namespace)}, ${JSON.stringify(persist)})`);
        return this.storage(namespace);
      },
    };
    this.plugin = new t.mf.DurableObjectsPlugin(this.context, options);
  }

  storage(namespace) {
    let storage = this.storages.get(namespace);
    if (!storage) {
      const name = namespace.replace(/:[0-9a-f]{56}/, ":…");
      storage = this.t.recorder({ name });
      this.storages.set(namespace, storage);
    }
    return storage;
  }

  /** Setup and the first reload, as Miniflare does them; returns the bindings. */
  async start(exports) {
    const { bindings } = await this.plugin.setup(this.factory);
    this.bindings = bindings;
    await this.reload(exports);
    return bindings;
  }

  /** Another reload: the instances of before are forgotten, as Miniflare does. */
  async reload(exports = this.exports, bindings = this.bindings) {
    this.exports = exports;
    await this.plugin.beforeReload();
    this.context.sharedCache.clear();
    this.plugin.reload(bindings, exports, this.mounts);
  }
}

function recordingLog(t) {
  return class extends t.shared.Log {
    log(message) {
      // The colours are escape codes.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
      t.write(`log ${message.replace(/\x1b\[\d+m/g, "")}`);
    }
  };
}
