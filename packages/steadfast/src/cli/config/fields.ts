import { isTable, type KeyPath, type Table } from "./file.js";
import { dotted, type Problems } from "./problems.js";

/** Reads typed values out of one table; a value of a wrong type is a problem and reads as undefined. */
export class Fields {
  readonly #table: Table;
  readonly #path: KeyPath;
  readonly #problems: Problems;

  constructor(table: Table, path: KeyPath, problems: Problems) {
    this.#table = table;
    this.#path = path;
    this.#problems = problems;
  }

  has(key: string): boolean {
    return this.#table[key] !== undefined;
  }

  string(key: string): string | undefined {
    return this.#typed(key, "string", (value) => typeof value === "string");
  }

  boolean(key: string): boolean | undefined {
    return this.#typed(key, "boolean", (value) => typeof value === "boolean");
  }

  table(key: string): Table | undefined {
    return this.#typed(key, "object", isTable);
  }

  /** The fields of the table at `key`. */
  nested(key: string): Fields | undefined {
    const table = this.table(key);
    return table && new Fields(table, [...this.#path, key], this.#problems);
  }

  strings(key: string): string[] | undefined {
    return this.#typed(key, "string array", isStringArray);
  }

  /** An object whose values are all strings. */
  stringTable(key: string): Record<string, string> | undefined {
    return this.#typed(
      key,
      "object of strings",
      (value): value is Record<string, string> =>
        isTable(value) && Object.values(value).every((each) => typeof each === "string"),
    );
  }

  /** An array of objects, each with its own fields; an element of another type is a problem. */
  tables(key: string): { fields: Fields; path: KeyPath; table: Table }[] {
    const list = this.#typed(key, "array", (value) => Array.isArray(value)) as
      | unknown[]
      | undefined;
    const result = [];
    for (const [index, table] of (list ?? []).entries()) {
      const path = [...this.#path, key, index];
      if (isTable(table)) {
        result.push({ fields: new Fields(table, path, this.#problems), path, table });
      } else {
        this.#problems.error(
          path,
          `Expected "${dotted(path)}" to be of type object but got ${JSON.stringify(table)}.`,
        );
      }
    }
    return result;
  }

  #typed<T>(key: string, type: string, holds: (value: unknown) => value is T): T | undefined;
  #typed(key: string, type: "string", holds: (value: unknown) => boolean): string | undefined;
  #typed(key: string, type: "boolean", holds: (value: unknown) => boolean): boolean | undefined;
  #typed(key: string, type: string, holds: (value: unknown) => boolean): unknown {
    const value = this.#table[key];
    if (value === undefined || holds(value)) return value;
    const path = [...this.#path, key];
    const article = `Expected "${dotted(path)}" to be of type ${type}`;
    this.#problems.error(path, `${article} but got ${JSON.stringify(value)}.`);
    return undefined;
  }
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
