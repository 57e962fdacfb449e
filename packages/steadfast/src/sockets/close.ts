/** What `close` may be given, in workerd's order of checks. */
import type { Compatibility } from "../compatibility.js";
import { toText } from "../objects/arguments.js";

/** What a Close frame says; without a code it is empty. */
export interface CloseArguments {
  readonly code: number | undefined;
  readonly reason: string;
}

/** The arguments of `close`, converted; throws for what a frame may not say. */
export function closeArguments(
  [givenCode, givenReason]: readonly unknown[],
  compatibility: Pick<Compatibility, "closeReasonLimit"> | undefined,
): CloseArguments {
  const code = givenCode === undefined ? undefined : Math.trunc(Number(givenCode)) || 0;
  if (code !== undefined && !isSendable(code)) {
    throw new DOMException(`Invalid WebSocket close code: ${code}.`, "InvalidAccessError");
  }
  const isLimited = compatibility?.closeReasonLimit !== false;
  const reason = givenReason === undefined ? undefined : toText(givenReason);
  if (isLimited && reason !== undefined && Buffer.byteLength(reason) > REASON_BYTES_MAX) {
    throw new DOMException(
      `WebSocket close reason must not be longer than ${REASON_BYTES_MAX} bytes when UTF-8 encoded.`,
      "SyntaxError",
    );
  }
  if (code === undefined && reason !== undefined) {
    throw new DOMException(
      "If you specify a WebSocket close reason, you must also specify a code.",
      "InvalidAccessError",
    );
  }
  return { code, reason: reason ?? "" };
}

function isSendable(code: number): boolean {
  return code >= 1000 && code < 5000 && !NEVER_SENT.has(code);
}

/** Codes that say what a program learns where no code came. */
const NEVER_SENT: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);
const REASON_BYTES_MAX = 123;
