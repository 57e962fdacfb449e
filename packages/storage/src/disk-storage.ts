import type { Clock } from "@miniflare/shared";
import { Disk } from "steadfast/backed";
import { DiskObject } from "./disk-object";

/** Options of a {@link DiskStorage}. */
export interface DiskStorageOptions {
  /** What expiry is judged by, in milliseconds; the system's clock by default. */
  clock?: Clock;
}

/**
 * A data directory of Steadfast as a storage: durable, batches whole or not at all, any number of objects in
 * one directory.
 *
 * It is the storage of one object itself, the one named `default`; {@link object} gives the others. A directory
 * is open in one process at a time; within it, any number of `DiskStorage`s share it, also in worker threads, as
 * long as no two threads use the same object.
 *
 * It stays open until it is closed or its thread ends, and does not keep the process alive when no write is
 * waited for.
 */
export class DiskStorage extends DiskObject {
  private readonly disk: Disk;
  private readonly objectClock: Clock | undefined;
  private readonly objects = new Map<string, DiskObject>();

  /**
   * Opens a directory, which is made if need be.
   *
   * Throws a `SteadfastError` whose code begins with `ERR_DIRECTORY` when it cannot be used: another process
   * has it, it holds something else, or it is damaged.
   */
  constructor(directory: string, options?: DiskStorageOptions);
  constructor(directory: string | typeof MEMORY, { clock }: DiskStorageOptions = {}) {
    if (directory !== MEMORY && (typeof directory !== "string" || directory === "")) {
      throw new TypeError(`the directory must be a path: directory=${JSON.stringify(directory)}`);
    }
    const disk = new Disk(directory === MEMORY ? undefined : directory);
    super(() => storeOf(disk, DEFAULT), clock);
    this.disk = disk;
    this.objectClock = clock;
  }

  /** The same without files: a write waits for nothing, and all is gone when it is closed, or nobody has it any more. */
  static memory(options?: DiskStorageOptions): DiskStorage {
    return new DiskStorage(MEMORY as never, options);
  }

  /** The directory as an absolute path; `undefined` for memory. */
  get directory(): string | undefined {
    return this.disk.directory;
  }

  /**
   * The storage of an object of the directory. A name that Miniflare gives an object (`NAME:` and 64 hex digits)
   * is that id in the namespace `NAME`; any other is an object of that name in the namespace `@storage`.
   */
  object(name: string): DiskObject {
    let object = this.objects.get(name);
    if (object === undefined) {
      object = new DiskObject(() => storeOf(this.disk, name), this.objectClock);
      this.objects.set(name, object);
    }
    return object;
  }

  /**
   * Waits until everything written is durable, and closes the directory unless others of this process use it.
   * What is called on it or on its objects afterwards rejects. Rejects when something could not be made durable.
   */
  close(): Promise<void> {
    return this.disk.close();
  }
}

function storeOf(disk: Disk, name: string) {
  const [, namespace, id] = OBJECT_KEY.exec(name) ?? [];
  if (namespace !== undefined && id !== undefined) return disk.store(namespace, { id });
  return disk.store(STORAGE_NAMESPACE, { name });
}

const MEMORY = Symbol("memory");
/** The name of the object that a `DiskStorage` itself stands for. */
const DEFAULT = "default";
/** The namespace of objects that have a name only. No class of a Worker has such a key. */
const STORAGE_NAMESPACE = "@storage";
const OBJECT_KEY = /^(.+):([0-9a-f]{64})$/s;
