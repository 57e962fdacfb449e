/**
 * Which file a path of a URL names, and which path is the right one for a file. Each page has one path;
 * the others that could mean it lead there.
 */

/** Which path a page has: `/page`, `/page/`, or the name of its file. */
export type HtmlHandling =
  | "auto-trailing-slash"
  | "force-trailing-slash"
  | "drop-trailing-slash"
  | "none";

/** What a path leads to. */
export type AssetMatch =
  /** A file, by its path in the directory. */
  | { readonly file: string }
  /** Another path, not encoded. */
  | { readonly path: string };

/** Finds what `path`, decoded and without empty segments, leads to. */
export function matchAsset(
  path: string,
  handling: HtmlHandling,
  exists: (file: string) => boolean,
): AssetMatch | undefined {
  const { base, form } = formOf(path);
  if (handling === "none" || form === "bare" || form === "index") {
    if (!path.endsWith("/") && !path.endsWith(".html") && exists(path)) return { file: path };
  }
  if (handling === "none")
    return path.endsWith(".html") && exists(path) ? { file: path } : undefined;
  const page = `${base}.html`;
  const index = `${base}/index.html`;
  const hasPage = base !== "" && exists(page);
  const hasIndex = exists(index);
  if (!hasPage && !hasIndex) return undefined;
  const both = hasPage && hasIndex;
  const isIndex = both ? prefersIndex(form, path, handling) : hasIndex;
  const file = isIndex ? index : page;
  const right = rightPath(base, isIndex, both, handling);
  return right === path ? { file } : { path: right };
}

/** How a page may be named. */
type Form = "bare" | "slash" | "html" | "index";

function formOf(path: string): { base: string; form: Form } {
  for (const [ending, form] of ENDINGS) {
    if (path.endsWith(ending)) return { base: path.slice(0, -ending.length), form };
  }
  return { base: path, form: "bare" };
}

const ENDINGS: readonly (readonly [string, Form])[] = [
  ["/index.html", "index"],
  ["/index", "index"],
  [".html", "html"],
  ["/", "slash"],
];

/** Of `/page.html` and `/page/index.html`, whether the path means the second. */
function prefersIndex(form: Form, path: string, handling: HtmlHandling): boolean {
  switch (handling) {
    case "force-trailing-slash":
      return form !== "html";
    case "drop-trailing-slash":
      return path.endsWith("/index.html");
    default:
      return form === "slash" || form === "index";
  }
}

function rightPath(base: string, isIndex: boolean, both: boolean, handling: HtmlHandling): string {
  if (base === "") return "/";
  switch (handling) {
    case "force-trailing-slash":
      return both && !isIndex ? `${base}.html` : `${base}/`;
    case "drop-trailing-slash":
      return both && isIndex ? `${base}/index.html` : base;
    default:
      return isIndex ? `${base}/` : base;
  }
}
