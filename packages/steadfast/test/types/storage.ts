// Compiled, never run: what `ctx.storage` is here can be used as what the published Workers types say.
import type * as published from "@cloudflare/workers-types";
import type { SyncKvStorage } from "../../src/objects/kv.js";
import type { SqlStorage } from "../../src/objects/sql.js";
import type { DurableObjectStorage } from "../../src/objects/storage.js";
import type { DurableObjectTransaction } from "../../src/objects/transaction.js";

/** A type error unless values of `Given` can be used as `Wanted`. */
type Fits<Given extends Wanted, Wanted> = Given;

export type Storage = Fits<DurableObjectStorage, published.DurableObjectStorage>;
export type Transaction = Fits<DurableObjectTransaction, published.DurableObjectTransaction>;
export type Kv = Fits<SyncKvStorage, published.SyncKvStorage>;
export type Sql = Fits<SqlStorage, published.SqlStorage>;
