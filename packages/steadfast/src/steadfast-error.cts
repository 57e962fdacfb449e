/** Errors of the package itself. In CommonJS, for the packages that stand in for CommonJS ones. */

/** What went wrong, for code that wants to act on it. */
export type SteadfastErrorCode =
  /** The native part is not installed, or cannot be loaded on this system. */
  | "ERR_ADDON"
  /** Another process listens on the port. */
  | "ERR_PORT_IN_USE"
  /** The host and port cannot be listened on. */
  | "ERR_LISTEN"
  /** Another process has the data directory open. */
  | "ERR_DIRECTORY_LOCKED"
  /** The directory holds something that is not Steadfast's. */
  | "ERR_DIRECTORY_FOREIGN"
  /** The directory was written by a newer version. */
  | "ERR_DIRECTORY_NEWER"
  /** The data is damaged. */
  | "ERR_DIRECTORY_DAMAGED"
  /** The directory cannot be read or written. */
  | "ERR_DIRECTORY"
  /** Another thread of the process has the object's storage open. */
  | "ERR_OBJECT_IN_USE"
  /** Data cannot be imported or exported as asked. */
  | "ERR_TRANSFER"
  /** The worker does not export the class a binding names. */
  | "ERR_CLASS_NOT_FOUND"
  /** The worker does not export the entry point a service binding names. */
  | "ERR_ENTRYPOINT_NOT_FOUND"
  /** The worker has no handler for the event. */
  | "ERR_NO_HANDLER"
  /** The app lives by the machine's clock, which cannot be moved. */
  | "ERR_NO_CLOCK"
  /** The app has been stopped, or the storage closed. */
  | "ERR_STOPPED"
  /** The storage that another stands on cannot do what was asked of that. */
  | "ERR_FOREIGN_STORAGE"
  /** The storage has failed: nothing more can be made durable. */
  | "ERR_FAILED";

/** An error of the package itself, as opposed to one of the user's code. */
export class SteadfastError extends Error {
  readonly code: SteadfastErrorCode;

  constructor(code: SteadfastErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SteadfastError";
    this.code = code;
  }
}

/** An error of the addon that says its code before its message. */
export function codedError(error: unknown): unknown {
  const [, code, message] = /^(ERR_[A-Z_]+): (.*)$/s.exec((error as Error).message) ?? [];
  if (code === undefined || message === undefined) return error;
  return new SteadfastError(code as SteadfastErrorCode, message);
}
