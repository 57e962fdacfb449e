/**
 * Time in objects whose app has a clock that is moved by hand: `Date`, `performance.now` and
 * `AbortSignal.timeout` show and follow that clock there, and the machine's everywhere else.
 */
import type { NativeClock } from "../binding.js";
import { currentContext } from "../lane/context.js";

const INSTALLED = Symbol.for("steadfast.time");

/** Replaces what tells time in `scope`, once. */
export function installTime(scope: typeof globalThis): void {
  const marked = scope as typeof globalThis & { [INSTALLED]?: true };
  if (marked[INSTALLED]) return;
  Object.defineProperty(scope, INSTALLED, { value: true });
  replace(scope, "Date", dateFollowing(scope.Date));
  const { performance } = scope;
  const now = performance.now.bind(performance);
  replace(performance, "now", () => clock()?.elapsed() ?? now());
  replace(scope.AbortSignal, "timeout", timeoutFollowing(scope));
}

/** The clock of the object that is running, if it has one of its own. */
function clock(): NativeClock | undefined {
  return currentContext()?.activation.lane.clock;
}

function dateFollowing(Platform: DateConstructor): DateConstructor {
  function FollowingDate(this: unknown, ...given: unknown[]): unknown {
    if (new.target === undefined) return new Platform(Follower.now()).toString();
    const target = (new.target as unknown) === FollowingDate ? Platform : new.target;
    return Reflect.construct(Platform, given.length === 0 ? [Follower.now()] : given, target);
  }
  const Follower = FollowingDate as unknown as DateConstructor;
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(Platform))) {
    Object.defineProperty(Follower, name, property);
  }
  Object.defineProperty(Follower, "name", { value: "Date", configurable: true });
  replace(Follower, "now", () => clock()?.now() ?? Platform.now());
  replace(Platform.prototype, "constructor", Follower);
  return Follower;
}

function timeoutFollowing(scope: typeof globalThis): (delayMs: number) => AbortSignal {
  const platform = scope.AbortSignal.timeout.bind(scope.AbortSignal);
  return (delayMs) => {
    if (clock() === undefined) return platform(delayMs);
    const controller = new scope.AbortController();
    scope.setTimeout(() => {
      const text = "The operation was aborted due to timeout";
      controller.abort(new scope.DOMException(text, "TimeoutError"));
    }, delayMs);
    return controller.signal;
  };
}

function replace(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
