import {
  Storage,
  type StorageListOptions,
  type StorageListResult,
  type StoredKey,
  type StoredValue,
} from "@miniflare/shared";
import { native, Overlay } from "steadfast/backed";

/** What is written on top of a storage: reads through this see it, the storage itself does not. */
export class ShadowStorage extends Storage {
  /** The keys that were read here, unless they are not recorded. */
  readonly readSet?: Set<string>;
  /** What was written here, `undefined` for a deleted key. May be changed by hand. */
  readonly copies: Map<string, StoredValue | undefined>;
  protected readonly inner: Storage;
  readonly #overlay: Overlay;

  constructor(inner: Storage, recordReads = true) {
    super();
    this.inner = inner;
    if (recordReads) this.readSet = new Set();
    this.#overlay = new Overlay(inner, recordReads, this.readSet);
    this.copies = watched(this.#overlay);
  }

  /** The alarm that was set here, in milliseconds since the Unix epoch; `null` if it was deleted. */
  get alarm(): number | null | undefined {
    return this.#overlay.alarm;
  }

  set alarm(alarm: number | null | undefined) {
    this.#overlay.alarm = alarm;
  }

  has(key: string): Promise<boolean> {
    return this.#overlay.has(key);
  }

  override hasMany(keys: string[]): Promise<number> {
    return this.#overlay.hasMany(keys);
  }

  async head(_key: string): Promise<undefined> {
    throw new Error('"head" is not supported in Durable Object shadow storage');
  }

  get(key: string): Promise<StoredValue | undefined> {
    return this.#overlay.get(key);
  }

  override getMany(keys: string[]): Promise<(StoredValue | undefined)[]> {
    return this.#overlay.getMany(keys);
  }

  async getRange(_key: string): Promise<undefined> {
    throw new Error('"getRange" is not supported in Durable Object shadow storage');
  }

  put(key: string, value: StoredValue): void {
    this.#overlay.put(key, value);
  }

  delete(key: string): Promise<boolean> {
    return this.#overlay.delete(key);
  }

  override deleteMany(keys: string[]): Promise<number> {
    return this.#overlay.deleteMany(keys);
  }

  list(options?: Omit<StorageListOptions, "cursor">): Promise<StorageListResult<StoredKey>> {
    return this.#overlay.list(options);
  }

  getAlarm(): Promise<number | null> {
    return this.#overlay.getAlarm();
  }

  setAlarm(scheduledTime: number | Date): Promise<void> {
    return this.#overlay.setAlarm(scheduledTime);
  }

  deleteAlarm(): Promise<void> {
    return this.#overlay.deleteAlarm();
  }
}

/** The copies of an overlay, as a map that tells the core of what users change by hand. */
function watched({ copies, ref }: Overlay): Overlay["copies"] {
  const { set, delete: forget, clear } = Map.prototype;
  return Object.defineProperties(copies, {
    set: {
      value(key: string, value: StoredValue | undefined) {
        if (value === undefined) native.overlayDelete(ref, key);
        else native.overlayPut(ref, key);
        return set.call(copies, key, value);
      },
    },
    delete: {
      value(key: string) {
        native.overlayForget(ref, key);
        return forget.call(copies, key);
      },
    },
    clear: {
      value() {
        native.overlayClear(ref);
        clear.call(copies);
      },
    },
  });
}
