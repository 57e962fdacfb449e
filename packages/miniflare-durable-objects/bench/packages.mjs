// The packages of each side. Only those of the side that is measured are ever loaded.

/** `DurableObjectStorage` and `MemoryStorage`. */
export async function objects(side) {
  const [objects, storage] =
    side === "ours"
      ? [await import("@steadfast/miniflare-durable-objects"), await import("@steadfast/storage")]
      : [await import("@miniflare/durable-objects"), await import("@miniflare/storage-memory")];
  return {
    DurableObjectStorage: objects.DurableObjectStorage,
    MemoryStorage: storage.MemoryStorage,
  };
}
