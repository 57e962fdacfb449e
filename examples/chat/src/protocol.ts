/** A message as it is kept and shown. */
export interface Message extends Record<string, SqlStorageValue> {
  /** Counts up from 1 in each room. */
  number: number;
  name: string;
  text: string;
  /** In milliseconds since the Unix epoch. */
  time: number;
}

/** What a page is sent. */
export type ToPage =
  /** Messages in order: those a page has missed, or a new one. */
  | { type: "messages"; messages: Message[] }
  /** Who is in the room. */
  | { type: "present"; names: string[] }
  /** What was said came too early by so much; the text goes back. */
  | { type: "wait"; ms: number; text: string };

const NAME_LENGTH_MAX = 40;
const TEXT_LENGTH_MAX = 2000;

/** A name that can be shown; `undefined` for what is none. */
export function asName(given: string | null): string | undefined {
  const name = given?.trim().slice(0, NAME_LENGTH_MAX) ?? "";
  return name === "" ? undefined : name;
}

/** The text of `{"type":"say","text":"…"}`; `undefined` for anything else, and for nothing. */
export function textOf(data: string | ArrayBuffer): string | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const { type, text } = JSON.parse(data) as { type?: unknown; text?: unknown };
    if (type !== "say" || typeof text !== "string") return undefined;
    return text.trim().slice(0, TEXT_LENGTH_MAX) || undefined;
  } catch {
    // It is no JSON, so no page of ours has sent it.
    return undefined;
  }
}
