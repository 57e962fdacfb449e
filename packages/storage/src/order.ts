/** Between the last code unit below the surrogates and the first above them. */
const SURROGATES = { first: 0xd800, last: 0xdfff };

/**
 * The order of two names by the bytes of their UTF-8, as `sort` wants it.
 *
 * Code units give the same order as long as no surrogate takes part; only where one does are the names encoded.
 * Half a pair by itself has the bytes of U+FFFD.
 */
export function compareNames(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    return isSurrogate(x) || isSurrogate(y) ? compareBytes(a, b) : x - y;
  }
  if (a.length === b.length) return 0;
  // A pair cut in two by the end of the shorter name reads differently there.
  if (common > 0 && isSurrogate(a.charCodeAt(common - 1))) return compareBytes(a, b);
  return a.length - b.length;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isSurrogate(unit: number): boolean {
  return unit >= SURROGATES.first && unit <= SURROGATES.last;
}
