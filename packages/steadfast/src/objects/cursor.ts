/** The rows of a statement. */
import type { SqlMore, SqlStarted } from "../binding.js";
import type { StoreAccess } from "./access.js";
import { illegalConstructor, illegalInvocation, iteratorPrototype, tag } from "./arguments.js";

/** A value of a row. */
export type SqlStorageValue = ArrayBuffer | string | number | null;

type Row = Record<string, SqlStorageValue>;

/** Only whoever has this may make a cursor or an iterator of one. */
const MAKER = Symbol("maker");

let isCursor: (value: unknown) => value is Cursor;
let take: <T>(cursor: Cursor, make: Make<T>) => T | undefined;
let takeAll: <T>(cursor: Cursor, make: Make<T>) => T[];

/** Makes a row from the values that begin at a place. */
type Make<T> = (values: readonly unknown[], at: number, names: readonly string[]) => T;

/**
 * A position in the rows of a statement. The statement has been run to the row that is given out
 * next, and runs on when that is taken. It takes no snapshot.
 */
export class Cursor<T extends Row = Row> implements IterableIterator<T> {
  readonly #access: StoreAccess;
  readonly #query: string;
  /** The database the statement runs in, which may be deleted meanwhile. */
  readonly #database: number;
  readonly #names: readonly string[];
  /** Rows that came with the start, from `#at` on, value after value. */
  #values: readonly unknown[] = NO_VALUES;
  #at = 0;
  /** The addon's number of the statement, which stands on the next row; 0 when it has ended. */
  #open = 0;
  #rowsRead: number;
  #changes: number;
  #columnNames: string[] | undefined;

  static {
    isCursor = (value): value is Cursor =>
      typeof value === "object" && value !== null && #access in value;
    take = (cursor, make) => cursor.#take(make);
    takeAll = (cursor, make) => cursor.#takeAll(make);
  }

  /** @internal */
  constructor(access: StoreAccess, query: string, started: SqlStarted, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#access = access;
    this.#query = query;
    this.#database = access.databases;
    if (typeof started === "number") {
      this.#names = NO_NAMES;
      this.#changes = started % PACKED_COUNTS;
      this.#rowsRead = (started - this.#changes) / PACKED_COUNTS;
      return;
    }
    this.#names = started[NAMES]?.split("\0") ?? NO_NAMES;
    this.#open = started[OPEN];
    this.#rowsRead = started[ROWS_READ];
    this.#changes = started[CHANGES];
    this.#values = started;
    this.#at = STARTED_HEAD;
    if (this.#open !== 0) access.openCursors.add(this, this.#open, () => this.#open !== 0);
  }

  next(): IteratorResult<T, undefined> {
    if (!isCursor(this)) throw illegalInvocation();
    return result(this.#take(rowObject) as T | undefined);
  }

  /** All rows that are left. */
  toArray(): T[] {
    if (!isCursor(this)) throw illegalInvocation();
    return this.#takeAll(rowObject) as T[];
  }

  /** The only row. */
  one(): T {
    if (!isCursor(this)) throw illegalInvocation();
    const row = this.#take(rowObject) as T | undefined;
    if (row === undefined) {
      throw new Error("Expected exactly one result from SQL query, but got no results.");
    }
    if (this.#at < this.#values.length || this.#open !== 0) {
      this.#end();
      throw new Error("Expected exactly one result from SQL query, but got multiple results.");
    }
    return row;
  }

  /** The rows as arrays. */
  raw<U extends SqlStorageValue[] = SqlStorageValue[]>(): RawIterator<U> {
    if (!isCursor(this)) throw illegalInvocation();
    return new RawIterator<U>(this, MAKER);
  }

  get columnNames(): string[] {
    if (!isCursor(this)) throw illegalInvocation();
    this.#columnNames ??= [...this.#names];
    return this.#columnNames;
  }

  get rowsRead(): number {
    if (!isCursor(this)) throw illegalInvocation();
    this.#requireDatabase();
    return this.#rowsRead;
  }

  get rowsWritten(): number {
    if (!isCursor(this)) throw illegalInvocation();
    this.#requireDatabase();
    const query = this.#query;
    return this.#access.readNow((native, number) =>
      native.sqlRowsWritten(number, query, this.#changes),
    );
  }

  [Symbol.iterator](): IterableIterator<T> {
    if (!isCursor(this)) throw illegalInvocation();
    return new RowIterator(this, MAKER) as IterableIterator<Row> as IterableIterator<T>;
  }

  #take<R>(make: Make<R>): R | undefined {
    this.#requireDatabase();
    if (this.#at < this.#values.length) {
      const row = make(this.#values, this.#at, this.#names);
      this.#at += this.#names.length;
      return row;
    }
    return this.#open === 0 ? undefined : make(this.#runOn(1), MORE_HEAD, this.#names);
  }

  #takeAll<R>(make: Make<R>): R[] {
    this.#requireDatabase();
    const rows: R[] = [];
    const add = (values: readonly unknown[], start: number): void => {
      const names = this.#names;
      for (let at = start; at < values.length; at += names.length) {
        rows.push(make(values, at, names));
      }
    };
    add(this.#values, this.#at);
    this.#at = this.#values.length;
    while (this.#open !== 0) add(this.#runOn(ROWS_AT_ONCE), MORE_HEAD);
    return rows;
  }

  /** Takes so many rows, and runs the statement to the one behind them. */
  #runOn(rows: number): SqlMore {
    const open = this.#open;
    // A statement that fails has ended.
    this.#open = 0;
    const more = this.#access.readNow((native, number) => native.sqlNext(number, open, rows));
    this.#open = more[OPEN];
    this.#rowsRead = more[ROWS_READ];
    this.#changes = more[CHANGES];
    return more;
  }

  /** Drops the rows that are left. */
  #end(): void {
    const { native, number } = this.#access;
    if (this.#open !== 0) native.sqlClose(number, this.#open);
    this.#open = 0;
    this.#values = NO_VALUES;
    this.#at = 0;
  }

  /** A statement that has not ended is lost when its database is deleted. */
  #requireDatabase(): void {
    this.#access.requireRunning();
    if (this.#open !== 0 && this.#database !== this.#access.databases) {
      throw new Error("SQLite query was canceled because the database was deleted.");
    }
  }
}

let cursorOfRaw: (value: unknown) => Cursor;

/** The rows of a cursor as arrays, from its position on. */
export class RawIterator<U extends SqlStorageValue[]> implements IterableIterator<U> {
  readonly #cursor: Cursor;

  static {
    cursorOfRaw = (value) => {
      if (typeof value !== "object" || value === null || !(#cursor in value)) {
        throw illegalInvocation();
      }
      return value.#cursor;
    };
  }

  /** @internal */
  constructor(cursor: unknown, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#cursor = cursor as Cursor;
  }

  next(): IteratorResult<U, undefined> {
    return result(take(cursorOfRaw(this), rowArray) as U | undefined);
  }

  toArray(): U[] {
    return takeAll(cursorOfRaw(this), rowArray) as U[];
  }

  [Symbol.iterator](): this {
    cursorOfRaw(this);
    return this;
  }
}

let cursorOfRows: (value: unknown) => Cursor;

/** The rows of a cursor, from its position on. Leaving a loop over it does not end the cursor. */
class RowIterator implements IterableIterator<Row> {
  readonly #cursor: Cursor;

  static {
    cursorOfRows = (value) => {
      if (typeof value !== "object" || value === null || !(#cursor in value)) {
        throw illegalInvocation();
      }
      return value.#cursor;
    };
  }

  constructor(cursor: unknown, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#cursor = cursor as Cursor;
  }

  next(): IteratorResult<Row, undefined> {
    return result(take(cursorOfRows(this), rowObject));
  }

  toArray(): Row[] {
    return takeAll(cursorOfRows(this), rowObject);
  }

  [Symbol.iterator](): this {
    cursorOfRows(this);
    return this;
  }
}

tag(Cursor, "Cursor");
for (const [Class, name] of [
  [RawIterator, "RawIterator"],
  [RowIterator, "RowIterator"],
] as const) {
  tag(Class, name);
  Object.setPrototypeOf(Class.prototype, iteratorPrototype);
}

/** The cursor of a statement that was started. */
export function makeCursor(access: StoreAccess, query: string, started: SqlStarted): Cursor {
  return new Cursor(access, query, started, MAKER);
}

function result<R>(row: R | undefined): IteratorResult<R, undefined> {
  return row === undefined ? { done: true, value: undefined } : { done: false, value: row };
}

function rowObject(values: readonly unknown[], at: number, names: readonly string[]): Row {
  const row: Row = {};
  for (let column = 0; column < names.length; column++) {
    row[names[column] as string] = values[at + column] as SqlStorageValue;
  }
  return row;
}

function rowArray(
  values: readonly unknown[],
  at: number,
  names: readonly string[],
): SqlStorageValue[] {
  return values.slice(at, at + names.length) as SqlStorageValue[];
}

// Places in what the addon gives: rows follow the head.
const OPEN = 0;
const ROWS_READ = 1;
const CHANGES = 2;
const NAMES = 3;
const STARTED_HEAD = 4;
const MORE_HEAD = 3;

/** A statement without columns is told by one number: rows read times this, plus rows changed. */
const PACKED_COUNTS = 2 ** 24;

const NO_VALUES: readonly unknown[] = [];
const NO_NAMES: readonly string[] = [];

/** Rows of a `toArray` in one crossing. */
const ROWS_AT_ONCE = 256;
