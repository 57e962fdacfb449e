/**
 * What one Worker's code sees of itself: `env` and `exports`, which it is handed or imports from
 * `cloudflare:workers`.
 *
 * A bundle names its Worker, because several may be loaded in one thread; the scope is there before
 * the Worker is, so that code at the top of a module finds its variables.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { currentService } from "../lane/context.js";

/** The names a Worker's code can use. Both are filled in place and stay the same objects. */
export interface Scope {
  readonly env: Record<string, unknown>;
  readonly exports: Record<string, unknown>;
}

/** A scope with nothing in it. */
export function emptyScope(): Scope {
  return { env: {}, exports: {} };
}

/** The scopes of bundles of this thread: state of the module, because bundles only have names. */
const named = new Map<string, Scope>();

/** The scope of the bundled Worker of that name. */
export function scopeOf(worker: string): Scope {
  let scope = named.get(worker);
  if (scope === undefined) {
    scope = emptyScope();
    named.set(worker, scope);
  }
  return scope;
}

/** What code that is not bundled sees where nobody's code runs: that of the Worker made last. */
let defaultScope: Scope = emptyScope();

/** Makes it the scope of code of which it is not known whose it is. */
export function nameDefaultScope(scope: Scope): void {
  defaultScope = scope;
}

/** The scope of the Worker whose code is running. */
export function currentScope(): Scope {
  return currentService()?.scope ?? defaultScope;
}

/** What `withEnv` and its kin put in the place of a scope. */
type Replaced = Partial<Scope>;

/** Made when it is first needed: it costs every promise something. */
let replacements: AsyncLocalStorage<Replaced> | undefined;

/** Runs `code`, and what it starts, with other contents of the scope. */
export function runReplaced<T>(replaced: Replaced, code: () => T): T {
  replacements ??= new AsyncLocalStorage();
  return replacements.run({ ...replacements.getStore(), ...replaced }, code);
}

/** An object that shows one part of whichever scope holds when it is looked at. */
export function viewOf(part: keyof Scope, scope: () => Scope): Record<string, unknown> {
  const shown = (): object => replacements?.getStore()?.[part] ?? scope()[part];
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_view, key) => Reflect.get(shown(), key),
      set: (_view, key, value) => Reflect.set(shown(), key, value),
      has: (_view, key) => Reflect.has(shown(), key),
      deleteProperty: (_view, key) => Reflect.deleteProperty(shown(), key),
      defineProperty: (_view, key, descriptor) => Reflect.defineProperty(shown(), key, descriptor),
      ownKeys: () => Reflect.ownKeys(shown()),
      getOwnPropertyDescriptor(_view, key) {
        const found = Reflect.getOwnPropertyDescriptor(shown(), key);
        return found && { ...found, configurable: true };
      },
    },
  );
}

/** What the bundled Worker of that name imports. */
export function viewsOf(worker: string): Scope {
  const scope = (): Scope => scopeOf(worker);
  return { env: viewOf("env", scope), exports: viewOf("exports", scope) };
}
