// The two packages that are compared.

/** Miniflare 2's own. */
export const ORIGINAL = "@miniflare/durable-objects";

/** The one that stands in for it. */
export const OURS = "@steadfast/miniflare-durable-objects";
