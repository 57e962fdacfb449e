/*
spec: 8.2 bindings, must-test
covers: ArrayBuffer, views and their windows, empty and shared ones, Uint16Array bytes
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const buffer = Uint8Array.from({ length: 16 }, (_, i) => i).buffer;
    const shared = new SharedArrayBuffer(3);
    new Uint8Array(shared).set([1, 2, 3]);
    const values = {
      ArrayBuffer: buffer,
      "empty ArrayBuffer": new ArrayBuffer(),
      Uint8Array: new Uint8Array(buffer, 2, 3),
      "empty view": new Uint8Array(buffer, 5, 0),
      DataView: new DataView(buffer, 1, 4),
      Uint16Array: new Uint16Array([1, 256, 65535]),
      Int32Array: new Int32Array(buffer, 4, 2),
      Float64Array: new Float64Array([1.5]),
      Float32Array: new Float32Array([-0]),
      BigInt64Array: new BigInt64Array([-1n]),
      Uint8ClampedArray: new Uint8ClampedArray([300]),
      SharedArrayBuffer: shared,
      "shared view": new Uint8Array(shared, 1, 1),
    };
    for (const [name, value] of Object.entries(values))
      log.attempt(
        name,
        () => sql.exec("select typeof(?1), ?1, hex(?1), length(?1)", value).raw().next().value,
      );
    sql.exec("create table t (a, b blob)");
    for (const [name, value] of Object.entries(values))
      log.attempt(`insert ${name}`, () =>
        sql.exec("insert into t values (?, ?)", name, value).toArray(),
      );
    for (const { a, b } of sql.exec("select a, b from t")) log.note(a, b, b.constructor.name);
    const row = sql.exec("select b from t where a = 'Uint8Array'").one();
    new Uint8Array(row.b).fill(7);
    log.note("copied when read", sql.exec("select b from t where a = 'Uint8Array'").one());
    const large = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    sql.exec("insert into t values ('large', ?)", large);
    log.note("large", sql.exec("select b, length(b) as n from t where a = 'large'").one());
    log.attempt("detached", () => {
      const gone = new ArrayBuffer(4);
      structuredClone(gone, { transfer: [gone] });
      return sql.exec("select typeof(?1), hex(?1)", gone).raw().next().value;
    });
    return log.response();
  }
}

export default toObject("OBJ");
