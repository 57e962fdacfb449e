/*
spec: 4.1 microtasks
covers: Nothing enters the object while it awaits crypto.subtle
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

const bytes = new TextEncoder().encode("some bytes");

const WORK = {
  digest: () => crypto.subtle.digest("SHA-256", bytes),
  hmac: async () => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
    const signature = await crypto.subtle.sign("HMAC", key, bytes);
    return crypto.subtle.verify("HMAC", key, signature, bytes);
  },
  aes: async () => {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, [
      "encrypt",
      "decrypt",
    ]);
    const iv = new Uint8Array(12);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes);
    return crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
  },
};

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch(request) {
    const value = (await this.storage.get("value")) ?? 0;
    await WORK[new URL(request.url).pathname.slice(1)]();
    await this.storage.put("value", value + 1);
    return Response.json(value + 1);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const work of Object.keys(WORK)) {
      const stub = OBJ.getByName(work);
      const calls = Array.from({ length: 5 }, async () =>
        (await stub.fetch(`http://x/${work}`)).json(),
      );
      log.note(work, (await Promise.all(calls)).sort());
    }
    return log.response();
  },
};
