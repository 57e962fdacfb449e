import { DurableObject } from "cloudflare:workers";

/** How many messages may come at once. */
const BURST = 5;
/** How long one of them takes to be allowed again. */
const REFILL_MS = 1000;

/**
 * How much one person may say, in whichever room.
 *
 * It keeps nothing: an object leaves memory when it was idle for longer than it takes to be full again.
 */
export class RateLimiter extends DurableObject {
  #tokens = BURST;
  #since = Date.now();

  /** Takes the right to one message, and tells how many milliseconds it is too early. */
  take(): number {
    const now = Date.now();
    this.#tokens = Math.min(BURST, this.#tokens + (now - this.#since) / REFILL_MS);
    this.#since = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) * REFILL_MS);
    this.#tokens -= 1;
    return 0;
  }
}
