// Whether the transcripts of one program are as they should be.
import { firstDifference } from "../difference.mjs";
import { BROKEN } from "./run-side.mjs";

/**
 * @param {string[]} original
 * @param {string[]} ours
 * @param {{ reason: string, original: string[], ours: string[] } | undefined} pinned
 * @returns {string | undefined} what is wrong, for a person to read
 */
export function judge(original, ours, pinned) {
  const lines = (text) => text.join("\n");
  const part = (title, expected, actual) =>
    lines(expected) === lines(actual)
      ? []
      : [`${title}: ${firstDifference(lines(expected), lines(actual))}`];
  const ended = [...original, ...ours].filter((line) => BROKEN.test(line));
  if (ended.length > 0) return [...new Set(ended)].join("\n");
  const found = pinned
    ? [
        ...part("the original (- pinned, + now)", pinned.original, original),
        ...part("ours (- pinned, + now)", pinned.ours, ours),
      ]
    : part(
        "(- original, + ours)",
        original,
        ours.map((line, i) => sameAssertion(original[i], line)),
      );
  return found.length > 0 ? found.join("\n") : undefined;
}

const GENERATED = "AssertionError: an assertion code=ERR_ASSERTION";

/** Where the original's assertion says nothing but its own source line, ours may say more. */
function sameAssertion(original, ours) {
  if (!original?.includes(GENERATED)) return ours;
  return ours.replace(/AssertionError: .* code=ERR_ASSERTION/, GENERATED);
}
