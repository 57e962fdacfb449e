/** `ctx.storage.sql`: the SQL database of the object. */
import { types } from "node:util";
import type { SqlBinding } from "../binding.js";
import type { StoreAccess } from "./access.js";
import { illegalConstructor, illegalInvocation, tag, toText, wrongArgument } from "./arguments.js";
import { Cursor, makeCursor, type SqlStorageValue } from "./cursor.js";

/** Only whoever has this may make a database. */
const MAKER = Symbol("maker");

let isSql: (value: unknown) => value is SqlStorage;

export class SqlStorage {
  declare Cursor: CursorClass;
  declare Statement: typeof Statement;
  readonly #access: StoreAccess;

  static {
    isSql = (value): value is SqlStorage =>
      typeof value === "object" && value !== null && #access in value;
  }

  /** @internal */
  constructor(access: StoreAccess, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#access = access;
  }

  /**
   * Runs the statements of `query`, the last up to its first row. Values are bound to the parameters
   * of the last by position.
   */
  exec<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]): Cursor<T>;
  exec(...given: unknown[]): Cursor {
    if (!isSql(this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("exec", CLASS_NAME, 1, "String");
    const query = toText(given[0]);
    const bindings: SqlBinding[] = [];
    for (let at = 1; at < given.length; at++) bindings.push(bindingOf(given[at]));
    const access = this.#access;
    requireSqlite(access);
    const started = access.writeNow((native, number) => native.sqlExec(number, query, bindings));
    return makeCursor(access, query, started);
  }

  /** Bytes of the pages in use. */
  get databaseSize(): number {
    if (!isSql(this)) throw illegalInvocation();
    requireSqlite(this.#access);
    return this.#access.readNow((native, number) => native.sqlSize(number));
  }
}

/** The class as programs see it: of use for `instanceof` alone. */
type CursorClass = abstract new <T extends Record<string, SqlStorageValue>>() => Cursor<T>;

const CLASS_NAME = "SqlStorage";

/** Here because the platform names it; there is no way to one. */
export class Statement {
  constructor() {
    throw illegalConstructor();
  }
}

tag(Statement, "Statement");
SqlStorage.prototype.Cursor = Cursor as unknown as CursorClass;
SqlStorage.prototype.Statement = Statement;
tag(SqlStorage, CLASS_NAME);

/** The database of whatever `access` leads to. */
export function makeSql(access: StoreAccess): SqlStorage {
  return new SqlStorage(access, MAKER);
}

function requireSqlite(access: StoreAccess): void {
  if (!access.sqlite) throw new Error(NOT_SQLITE);
}

/** A value as the addon binds it: numbers are always floating, what SQL does not know becomes text. */
function bindingOf(value: unknown): SqlBinding {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Number.isNaN(value) ? null : value;
    case "undefined":
      return null;
    case "bigint":
      throw new TypeError("Cannot convert a BigInt value to a number");
    case "object":
      return value === null ? null : (bytesOf(value) ?? toText(value));
    default:
      return toText(value);
  }
}

/** The bytes of a buffer, or of the window of a view. */
function bytesOf(value: object): Uint8Array | undefined {
  const isView = ArrayBuffer.isView(value);
  if (!isView && !types.isAnyArrayBuffer(value)) return undefined;
  // One that was transferred away has no bytes either.
  if (value.byteLength === 0) return NO_BYTES;
  if (!isView) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

const NO_BYTES = new Uint8Array(0);

const NOT_SQLITE =
  "SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to " +
  "`new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. " +
  "If using workerd directly,set `enableSql = true` in your workerd config for the class. Note that " +
  "this change cannot be made after the class is already deployed to production.";
