/** Keys and alarm of a store that somebody else has to itself at the moment. */
import type { ListBounds, Stored } from "../binding.js";
import type { KeyStore, NativeStore } from "../objects/key-access.js";

/** Performs work when nobody else has the store any more. */
type WhenFree = <T>(work: (native: NativeStore) => T) => Promise<T>;

/** Performs each call later; what it is given is taken now. */
export class WaitingKeys implements KeyStore {
  readonly #whenFree: WhenFree;

  constructor(whenFree: WhenFree) {
    this.#whenFree = whenFree;
  }

  kvGet(number: number, key: string): Promise<Stored> {
    return this.#whenFree((native) => native.kvGet(number, key));
  }

  kvGetMany(number: number, keys: string[]): Promise<[string, Stored][]> {
    return this.#whenFree((native) => native.kvGetMany(number, keys));
  }

  kvPut(number: number, key: string, value: Stored, allowUnconfirmed: boolean): Promise<void> {
    return this.#whenFree((native) => native.kvPut(number, key, value, allowUnconfirmed));
  }

  kvPutMany(number: number, pairs: [string, Stored][], allowUnconfirmed: boolean): Promise<void> {
    return this.#whenFree((native) => native.kvPutMany(number, pairs, allowUnconfirmed));
  }

  kvDelete(number: number, key: string, allowUnconfirmed: boolean): Promise<boolean> {
    return this.#whenFree((native) => native.kvDelete(number, key, allowUnconfirmed));
  }

  kvDeleteMany(number: number, keys: string[], allowUnconfirmed: boolean): Promise<number> {
    return this.#whenFree((native) => native.kvDeleteMany(number, keys, allowUnconfirmed));
  }

  kvList(number: number, ...bounds: ListBounds): Promise<[string, Stored][]> {
    return this.#whenFree((native) => native.kvList(number, ...bounds));
  }

  alarmGet(number: number): Promise<number | null> {
    return this.#whenFree((native) => native.alarmGet(number));
  }

  alarmSet(number: number, timeMs: number, allowUnconfirmed: boolean): Promise<void> {
    return this.#whenFree((native) => native.alarmSet(number, timeMs, allowUnconfirmed));
  }

  alarmDelete(number: number, allowUnconfirmed: boolean): Promise<void> {
    return this.#whenFree((native) => native.alarmDelete(number, allowUnconfirmed));
  }
}
