/** Small names of a Worker's global scope that Node lacks or has otherwise. */

/** Puts them into `scope`. */
export function installScope(scope: typeof globalThis): void {
  // A getter, as in newer versions of Node, which say who they are there.
  define(scope, "navigator", { get: () => navigator });
  if (!("self" in scope)) define(scope, "self", { value: scope, writable: true });
  if (!("reportError" in scope)) {
    define(scope, "reportError", { value: reportError, writable: true });
  }
}

/** What tells a Worker where it runs. */
class Navigator {
  get userAgent(): string {
    return "Cloudflare-Workers";
  }

  get hardwareConcurrency(): number {
    return 1;
  }

  get language(): string {
    return "en";
  }
}

Object.defineProperty(Navigator.prototype, Symbol.toStringTag, {
  value: "Navigator",
  configurable: true,
});

const navigator = new Navigator();

/** Logs an error as one that nobody caught; the program goes on. */
function reportError(error: unknown): void {
  console.error("uncaught (reported)", error);
}

function define(scope: object, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(scope, name, { enumerable: true, configurable: true, ...property });
}
