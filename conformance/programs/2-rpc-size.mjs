/*
spec: 2.3 message size
covers: Arguments and results of just up to 32 MiB and over it; the object goes on
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

const MIB = 1 << 20;

export class Obj extends DurableObject {
  length(bytes) {
    return bytes.byteLength;
  }
  make(length) {
    return new Uint8Array(length);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await log.try("argument, 31 MiB", () => stub.length(new Uint8Array(31 * MIB)));
  await log.try("argument, 32 MiB", () => stub.length(new Uint8Array(32 * MIB)));
  await log.try("result, 31 MiB", async () => (await stub.make(31 * MIB)).byteLength);
  await log.try("result, 32 MiB", async () => (await stub.make(32 * MIB)).byteLength);
  await log.try("afterwards", () => stub.length(new Uint8Array(3)));
});
