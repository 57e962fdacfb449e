/*
spec: 2.4 by copy
covers: ArrayBuffer, every typed array, DataView, views into a larger buffer, shared buffers; the caller's are not detached
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, show } from "./observe.mjs";

function values() {
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
  const { buffer } = bytes;
  return {
    buffer,
    empty: new ArrayBuffer(0),
    view: new Uint8Array(buffer, 4, 4),
    dataView: new DataView(buffer, 2, 3),
    words: [new Int8Array(2), new Uint8ClampedArray(2), new Int16Array(2), new Uint16Array(2)],
    longs: [new Int32Array(2), new Uint32Array(1), new BigInt64Array(1), new BigUint64Array(1)],
    floats: [new Float32Array([1.5]), new Float64Array([Math.PI])],
    two: [bytes.subarray(0, 2), bytes.subarray(2, 4)],
  };
}

export class Obj extends DurableObject {
  seen(value) {
    return show(value);
  }
  shares([a, b]) {
    return a.buffer === b.buffer;
  }
  make(name) {
    return values()[name];
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const [name, value] of Object.entries(values())) {
    await log.try(`${name} as argument`, () => stub.seen(value));
    await log.try(`${name} as result`, () => stub.make(name));
  }
  const { buffer, two } = values();
  log.note("shares", await stub.shares(two));
  await stub.seen(buffer);
  log.note("not detached", buffer.byteLength, two[0].byteLength);
});
