/*
spec: 5.3 values, 5.4
covers: Buffers and every view; a view stores its whole buffer; 128 KiB Uint8Array round trip
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

function values() {
  const buffer = new Uint8Array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6]).buffer;
  const shared = new Uint8Array(buffer, 4, 4);
  return {
    buffer: buffer.slice(0, 3),
    "empty buffer": new ArrayBuffer(0),
    uint8: new Uint8Array([1, 2]),
    "empty view": new Uint8Array(0),
    "middle of a buffer": new Uint8Array(buffer, 2, 3),
    "two views of one buffer": [shared, new Uint16Array(buffer, 8, 2), buffer],
    clamped: new Uint8ClampedArray([300, -5]),
    int8: new Int8Array([-1]),
    int16: new Int16Array([-1]),
    uint16: new Uint16Array([65535]),
    int32: new Int32Array([-1]),
    uint32: new Uint32Array([1]),
    float32: new Float32Array([1.5]),
    float64: new Float64Array([NaN]),
    bigint64: new BigInt64Array([-1n]),
    biguint64: new BigUint64Array([1n]),
    dataview: new DataView(buffer, 1, 2),
    "128 KiB": new Uint8Array(131072).map((_, i) => i),
    nested: { a: [new Uint8Array([1])] },
    encoded: new TextEncoder().encode("text"),
  };
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    for (const [name, value] of Object.entries(values())) {
      await log.try(name, async () => {
        await this.storage.put(name, value);
        return this.storage.get(name);
      });
    }
    const [one, two, whole] = await this.storage.get("two views of one buffer");
    log.note("one buffer", one.buffer === two.buffer, one.buffer === whole);
    const written = new Uint8Array([1, 2, 3]);
    const put = this.storage.put("changed", written);
    written[0] = 99;
    await put;
    log.note("changed after put", await this.storage.get("changed"), written.length);
    return log.response();
  }
}

export default toObject("OBJ");
