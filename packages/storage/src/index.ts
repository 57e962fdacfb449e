import "./core";

export { isDataDirectory } from "./data-directory";
export { DiskObject } from "./disk-object";
export { DiskStorage, type DiskStorageOptions } from "./disk-storage";
export { type FileMeta, FileStorage } from "./file-storage";
export { FileStorageError, type FileStorageErrorCode } from "./file-storage-error";
export { listFilterMatch, listPaginate } from "./listing";
export { LocalStorage } from "./local-storage";
export { MemoryStorage } from "./memory-storage";
export { cloneMetadata } from "./metadata";
