import type { ModuleRule } from "../config/worker.js";

/** What an import that is not JavaScript becomes. */
export type ModuleType = "Text" | "Data" | "CompiledWasm";

const DEFAULT_RULES: ModuleRule[] = [
  { type: "Text", globs: ["**/*.txt", "**/*.html", "**/*.sql"], fallthrough: true },
  { type: "Data", globs: ["**/*.bin"], fallthrough: true },
  { type: "CompiledWasm", globs: ["**/*.wasm"], fallthrough: true },
];

/** Decides by its specifier what an import is. */
export class ModuleRules {
  readonly #rules: { type: ModuleType; pattern: RegExp }[] = [];

  /** `own` rules come first; one without `fallthrough` ends the rules of its type. */
  constructor(own: readonly ModuleRule[]) {
    const ended = new Set<string>();
    for (const { type, globs, fallthrough } of [...own, ...DEFAULT_RULES]) {
      if (ended.has(type)) continue;
      if (!fallthrough) ended.add(type);
      if (type === "ESModule" || type === "CommonJS") continue;
      for (const glob of globs) this.#rules.push({ type, pattern: globPattern(glob) });
    }
  }

  /** The type of the module that `specifier` names; undefined for JavaScript. */
  typeOf(specifier: string): ModuleType | undefined {
    const path = specifier.replace(/^(\.\.?\/)+/, "").replace(/\?module$/, "");
    return this.#rules.find(({ pattern }) => pattern.test(path))?.type;
  }
}

/** A regular expression for `**`, `*`, `?` and `{a,b}`. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/\?module$/, "")
    .replace(/^\.\//, "")
    .replace(/\*\*\/|\*\*|[*?{},.+^$()|[\]\\]/g, (part) => GLOB_PARTS[part] ?? `\\${part}`);
  return new RegExp(`^${source}$`);
}

const GLOB_PARTS: Record<string, string> = {
  "**/": "(?:.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
  "{": "(?:",
  "}": ")",
  ",": "|",
};
