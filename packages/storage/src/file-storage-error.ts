import { MiniflareError } from "@miniflare/shared";

/**
 * - `ERR_TRAVERSAL`: the key leads out of the storage's directory.
 * - `ERR_NAMESPACE_KEY_CHILD`: the key lies below another key, which is a file and no directory.
 */
export type FileStorageErrorCode = "ERR_TRAVERSAL" | "ERR_NAMESPACE_KEY_CHILD";

/** Why a `FileStorage` cannot hold a key. */
export class FileStorageError extends MiniflareError<FileStorageErrorCode> {}
