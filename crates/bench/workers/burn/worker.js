// One object per path. Each request is one to two milliseconds of a processor, and no storage.
import { DurableObject } from "cloudflare:workers";

const ROUNDS = 500_000;

export class Burner extends DurableObject {
  fetch() {
    let state = 1;
    for (let round = 0; round < ROUNDS; round++)
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return new Response(`${state}\n`);
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env.BURNER.getByName(pathname).fetch(request);
  },
};
