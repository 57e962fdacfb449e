// Where two texts part, for a person to read.

/** Lines shown before the first difference, and of each side from it on. */
const CONTEXT_LINES = 2;
const SHOWN_LINES = 6;

/**
 * @param {string} expected
 * @param {string} actual
 */
export function firstDifference(expected, actual) {
  const [wanted, got] = [expected.split("\n"), actual.split("\n")];
  let line = 0;
  while (line < wanted.length && wanted[line] === got[line]) line++;
  const show = (/** @type {string} */ mark, /** @type {string[]} */ lines) =>
    lines.map((text) => `  ${mark} ${text}`);
  return [
    `line ${line + 1}`,
    ...show(" ", wanted.slice(Math.max(0, line - CONTEXT_LINES), line)),
    ...show("-", wanted.slice(line, line + SHOWN_LINES)),
    ...show("+", got.slice(line, line + SHOWN_LINES)),
  ].join("\n");
}
