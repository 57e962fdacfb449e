/**
 * A Worker whose objects store everything that can be stored, and tell what they have stored.
 *
 * `POST /<name>/fill` stores, `GET /<name>/tell` answers with a description that does not depend on the
 * runtime; `/<name>/plain/…` is the same for the class without SQL.
 */
export const STORING_WORKER = `
import { DurableObject } from "cloudflare:workers";

function values() {
  const shared = { deep: [1, { two: 2n }] };
  const cycle = { name: "cycle", shared, again: shared };
  cycle.self = cycle;
  const error = new RangeError("out of it");
  error.stack = "a stack";
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
  return {
    "": "the empty key",
    "bigint": -12345678901234567890123n,
    "booleans": [true, false, null, undefined],
    "buffer": bytes.buffer.slice(0, 5),
    "cycle": cycle,
    "dataview": new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
    "date": new Date(1e12),
    "doubles": [1.5, -0, NaN, Infinity, 2 ** 53, 5e-324],
    "error": error,
    "floats": new Float64Array([1.5, -2.5]),
    "headers": new Headers({ a: "b", "content-type": "x" }),
    "integer": -7,
    "key é 😀 \\u0001": "any text is a key",
    "latin1": "caf\\u00e9",
    "map": new Map([["k", new Map([[1, "one"]])], [{ o: 1 }, "object"]]),
    "regexp": /a[b]c/giu,
    "set": new Set([1, "two", [3]]),
    "sparse": Object.assign(new Array(4), { 1: "one" }),
    "view": bytes.subarray(7, 20),
    "wide": "😀 wide \\u4e2d".repeat(50),
  };
}

/** Everything about a value as text, classes and identity included. */
function described(value, seen = new Map()) {
  if (typeof value === "bigint") return value + "n";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : String(value);
  if (seen.has(value)) return "#" + seen.get(value);
  seen.set(value, seen.size);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const list = (items) => "(" + items.map((item) => described(item, seen)).join(", ") + ")";
  if (value instanceof Date) return kind + "(" + value.getTime() + ")";
  if (value instanceof RegExp) return kind + "(" + value + ")";
  if (value instanceof Map) return kind + list([...value].flat());
  if (value instanceof Set) return kind + list([...value]);
  if (value instanceof ArrayBuffer) return kind + list(digest(new Uint8Array(value)));
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return kind + list([value.byteOffset, value.buffer.byteLength, ...digest(bytes)]);
  }
  if (value instanceof Error) return [value.constructor.name, value.name, value.message, value.stack].join("|");
  if (value instanceof Headers) return kind + list([...value].flat());
  if (Array.isArray(value)) return kind + value.length + "{" + fields(value, seen) + "}";
  return kind + "{" + fields(value, seen) + "}";
}

/** Short bytes as they are, long ones as length and a checksum. */
function digest(bytes) {
  if (bytes.length <= 40) return [...bytes];
  return ["bytes", bytes.length, bytes.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7)];
}

function fields(value, seen) {
  return Object.entries(value).map(([name, field]) => name + ": " + described(field, seen)).join(", ");
}

class Storing extends DurableObject {
  async fetch(request) {
    const action = new URL(request.url).pathname.split("/").at(-1);
    if (action === "fill") await this.fill();
    return new Response((await this.tell()).join("\\n") + "\\n");
  }

  async alarm() {}

  async fill() {
    for (const [key, value] of Object.entries(values())) await this.ctx.storage.put(key, value);
    await this.ctx.storage.put("deleted", 1);
    await this.ctx.storage.delete("deleted");
    await this.ctx.storage.setAlarm(Date.UTC(2100, 0, 1) + 123);
  }

  async tell() {
    const lines = ["name " + this.ctx.id.name, "alarm " + (await this.ctx.storage.getAlarm())];
    for (const [key, value] of await this.ctx.storage.list()) {
      lines.push("key " + JSON.stringify(key) + " " + described(value));
    }
    return lines;
  }
}

export class Plain extends Storing {}

export class WithSql extends Storing {
  async fill() {
    await super.fill();
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE COLLATE NOCASE)");
    sql.exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id), a, b BLOB, c REAL DEFAULT 1.5, half GENERATED ALWAYS AS (c / 2) STORED)");
    sql.exec("CREATE INDEX rows_a ON rows (a, c DESC) WHERE a IS NOT NULL");
    sql.exec("CREATE TABLE pairs (x TEXT, y TEXT, PRIMARY KEY (x, y)) WITHOUT ROWID");
    sql.exec("CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'porter')");
    sql.exec("CREATE TRIGGER counted AFTER INSERT ON rows BEGIN INSERT INTO words VALUES ('row ' || new.id, new.a); END");
    sql.exec("CREATE VIEW named AS SELECT name, count(rows.id) AS n FROM parents LEFT JOIN rows ON parent = parents.id GROUP BY parents.id");
    sql.exec("INSERT INTO parents (name) VALUES ('one'), ('gone'), ('two')");
    sql.exec("DELETE FROM parents WHERE name = 'gone'");
    for (let id = 1; id <= 200; id++) {
      const blob = new Uint8Array(id * 37).fill(id);
      sql.exec("INSERT INTO rows (id, parent, a, b) VALUES (?, ?, ?, ?)", id, id % 2 ? 1 : 3, "running text " + id, blob);
    }
    sql.exec("DELETE FROM rows WHERE id % 7 = 0");
    sql.exec("INSERT INTO pairs VALUES ('x', 'y'), ('x', 'z'), ('😀', '')");
  }

  async tell() {
    const lines = await super.tell();
    const { sql } = this.ctx.storage;
    const ask = (query) => {
      lines.push(query);
      for (const row of sql.exec(query).raw()) lines.push("  " + row.map((cell) => described(cell)).join("|"));
    };
    ask("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE '\\\\_cf\\\\_%' ESCAPE '\\\\' ORDER BY name");
        ask("SELECT * FROM rows ORDER BY id");
    ask("SELECT id FROM rows WHERE a = 'running text 8'");
    ask("SELECT * FROM pairs ORDER BY x, y");
    ask("SELECT * FROM named");
    ask("SELECT rowid, title FROM words WHERE words MATCH 'run AND 15'");
    ask("SELECT * FROM sqlite_sequence");
    ask("PRAGMA quick_check");
    return lines;
  }
}

export default {
  fetch(request, env) {
    const [name, kind] = new URL(request.url).pathname.slice(1).split("/");
    return (kind === "plain" ? env.PLAIN : env.WITH_SQL).getByName(decodeURIComponent(name)).fetch(request);
  },
};
`;

/** The name of the project's Worker. */
const WORKER = "storing";

/** The namespaces of the Worker, for workerd. */
export const STORING_NAMESPACES = [
  { binding: "WITH_SQL", className: "WithSql", uniqueKey: `${WORKER}-WithSql`, sqlite: true },
  { binding: "PLAIN", className: "Plain", uniqueKey: `${WORKER}-Plain`, sqlite: false },
];

/** The files of a project with the Worker. */
export const STORING_FILES = {
  "wrangler.json": {
    name: WORKER,
    main: "src/index.js",
    compatibility_date: "2026-08-01",
    durable_objects: {
      bindings: STORING_NAMESPACES.map(({ binding, className }) => ({
        name: binding,
        class_name: className,
      })),
    },
    migrations: [{ tag: "v1", new_sqlite_classes: ["WithSql"], new_classes: ["Plain"] }],
  },
  "src/index.js": STORING_WORKER,
};
