import { MiniflareError } from "@miniflare/shared";

/**
 * - `ERR_TRAVERSAL`: the key leads out of the storage's directory.
 * - `ERR_NAMESPACE_KEY_CHILD`: the key lies below another key, which is a file and no directory.
 * - `ERR_DATA_DIRECTORY`: the directory is one of Steadfast's, whose files would be listed and deleted like values.
 */
export type FileStorageErrorCode =
  | "ERR_TRAVERSAL"
  | "ERR_NAMESPACE_KEY_CHILD"
  | "ERR_DATA_DIRECTORY";

/** Why a `FileStorage` cannot hold a key, or cannot be in a directory. */
export class FileStorageError extends MiniflareError<FileStorageErrorCode> {}
