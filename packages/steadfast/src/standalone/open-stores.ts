/** The ways in which one object of a disk is open. */
import type { Disk, DiskStore } from "../backed/index.cjs";

/** Several `DiskStorage`s may have opened the same directory: as long as one is open, so is the object. */
export class OpenStores {
  #beforeLastClose: (() => void) | undefined;
  #stores: readonly DiskStore[] = [];

  constructor(store: DiskStore) {
    this.add(store);
  }

  /** Another has opened it. */
  add(store: DiskStore): void {
    const { disk } = store;
    if (this.#stores.some((known) => known.disk === disk)) return;
    this.#stores = [...this.#open(), store];
    if (this.#beforeLastClose !== undefined) this.#watch(disk);
  }

  get number(): number {
    return this.current.number;
  }

  /** One that is open, if any is. */
  get current(): DiskStore {
    return this.#open()[0] ?? (this.#stores[0] as DiskStore);
  }

  /** Runs `work` before the last is closed; the disks hold on to it until then. */
  beforeLastClose(work: () => void): void {
    this.#beforeLastClose = work;
    for (const { disk } of this.#open()) this.#watch(disk);
  }

  #watch(disk: Disk): void {
    disk.beforeClose.add(() => {
      const isLast = this.#open().every((other) => other.disk === disk);
      if (isLast) this.#beforeLastClose?.();
    });
  }

  #open(): DiskStore[] {
    return this.#stores.filter(({ disk }) => !disk.isClosed);
  }
}
