import "./core";

export { listFilterMatch, listPaginate } from "./listing";
export { LocalStorage } from "./local-storage";
export { MemoryStorage } from "./memory-storage";
export { cloneMetadata } from "./metadata";
