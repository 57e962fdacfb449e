// The original with faults that the programs must notice, and one program that hangs.
const original = require("@miniflare/durable-objects");

/** Errors of `get` are thrown instead of rejected, and lists come in another order. */
class DurableObjectStorage extends original.DurableObjectStorage {
  get(keys, options) {
    if (keys === undefined) throw new TypeError("no key");
    if (keys === "key") return new Promise(() => {});
    return super.get(keys, options);
  }

  async list(options) {
    return new Map([...(await super.list(options))].reverse());
  }
}

module.exports = { ...original, DurableObjectStorage };
