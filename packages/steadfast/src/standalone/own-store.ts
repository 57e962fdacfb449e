/** A store of ours, as every storage of this thread that stands on it shares it. */
import { types } from "node:util";
import type { AlarmStore, DiskStore, DurableObjectAlarmBridge } from "../backed/index.cjs";
import { type Compatibility, compatibilityOf } from "../compatibility.js";
import { codedError, fromNative } from "../errors.js";
import { StoreAccess } from "../objects/access.js";
import type { Awaitable, KeyStore, NativeStore } from "../objects/key-access.js";
import { storeFunctions } from "./addon.js";
import type { Below, Closure } from "./below.js";
import { OpenStores } from "./open-stores.js";
import { OwnAlarm } from "./own-alarm.js";
import { OwnPart } from "./own-part.js";
import { OwnRun } from "./own-run.js";
import { OwnTransactions } from "./own-transactions.js";
import { Part } from "./part.js";
import { Turn } from "./turn.js";
import { WaitingKeys } from "./waiting-keys.js";

type Use<T> = (store: KeyStore, number: number) => Awaitable<T>;

/** The way to the data: at once, except while a transaction has the store to itself. */
export class OwnStore extends StoreAccess implements Below {
  readonly #transactions = new OwnTransactions(this);
  readonly #stores: OpenStores;
  readonly #alarm: OwnAlarm;
  readonly #turn: Turn;
  /** The run that has the store to itself. */
  #owner: OwnRun | undefined;
  /** What waits until there is none, in order of arrival. */
  readonly #waiting: (() => void)[] = [];

  constructor(store: DiskStore) {
    super(storeFunctions, store.number, true);
    this.#stores = new OpenStores(store);
    this.#alarm = new OwnAlarm(this.#stores);
    this.#turn = new Turn(this.#stores, this.#alarm);
  }

  /** Another has opened the same object. */
  add(store: DiskStore): void {
    this.#stores.add(store);
  }

  get compatibility(): Compatibility {
    return NEWEST;
  }

  /** The addon says so when it has been closed. */
  get ended(): boolean {
    return false;
  }

  requireRunning(): void {}

  /** There is no class that could lack a handler. */
  requireAlarms(): void {}

  ensureTurn(): void {
    void this.#turn.begin();
  }

  override readNow<T>(read: (native: NativeStore, number: number) => T): T {
    const run = this.runningRun();
    try {
      if (!this.#isFree(run)) {
        // It runs again when it can have what it needs.
        run?.lose();
        throw new Error(OWNED);
      }
      return read(run?.native ?? this.native, this.number);
    } catch (error) {
      throw told(error);
    }
  }

  override writeNow<T>(write: (native: NativeStore, number: number) => T): T {
    this.writes += 1;
    return this.readNow((native, number) => {
      if (this.runningRun() !== undefined) return write(native, number);
      return this.#inTurn(() => write(native, number));
    });
  }

  read<T>(read: Use<T>): Promise<T> {
    return this.readIn(this.runningRun(), read);
  }

  write<T>(write: Use<T>): Promise<T> {
    return this.writeIn(this.runningRun(), write);
  }

  /** Reads as the run sees it; as everybody does, without one. */
  async readIn<T>(run: OwnRun | undefined, read: Use<T>): Promise<T> {
    try {
      const keys = this.#isFree(run)
        ? (run?.native ?? this.native)
        : new WaitingKeys((work) => this.whenFree(() => work(run?.native ?? this.native), run));
      return await read(keys, this.number);
    } catch (error) {
      throw told(error);
    }
  }

  /** Writes as part of the run. Without one it is done when it is durable. */
  async writeIn<T>(run: OwnRun | undefined, write: Use<T>): Promise<T> {
    this.writes += 1;
    if (run !== undefined) return this.readIn(run, write);
    try {
      const keys = this.#isFree(undefined)
        ? this.native
        : new WaitingKeys((work) => this.whenFree(() => this.#inTurn(() => work(this.native))));
      const written = await (keys === this.native
        ? this.#inTurn(() => write(keys, this.number))
        : write(keys, this.number));
      await this.#turn.durable();
      return written;
    } catch (error) {
      throw told(error);
    }
  }

  async deleteAll(): Promise<void> {
    if (this.runningRun() !== undefined) {
      throw new Error("Cannot call deleteAll() within a transaction");
    }
    try {
      await this.whenFree(() => {
        this.writes += 1;
        this.#inTurn(() => this.native.kvDeleteAll(this.number, false));
        this.databases += 1;
      });
      await this.#turn.durable();
    } catch (error) {
      throw told(error);
    }
  }

  transaction(closure: Closure): Promise<unknown> {
    return this.#transactions.run(closure);
  }

  /** The run whose closure the running code is inside of. */
  runningRun(): OwnRun | undefined {
    return Part.of(this, OwnPart)?.ownRun;
  }

  /** Begins a run when nobody has the store to itself; it may have it so from its start. */
  beginRun(owns: boolean): Promise<OwnRun> {
    return this.whenFree(() => {
      if (owns) this.#turn.end();
      const run = new OwnRun(this.number, owns, (taker) => this.#take(taker));
      if (owns) this.#owner = run;
      return run;
    });
  }

  /**
   * Ends a run, and lets those go on who have waited for that. Resolves when what it wrote is durable; `false`
   * when the run means nothing.
   */
  async endRun(run: OwnRun, commit: boolean): Promise<boolean> {
    if (run.hasEnded) return run.end(commit);
    this.writes += 1;
    try {
      return await this.whenFree(async () => {
        try {
          if (!run.end(commit)) return false;
          // Begun before others go on, one of whom may have the store to itself.
          const durable = this.#turn.begin();
          this.#release(run);
          await durable;
          return true;
        } finally {
          this.#release(run);
        }
      }, run);
    } catch (error) {
      throw told(error);
    }
  }

  /** Resolves when every write issued so far is durable; within a transaction, those before it. */
  sync(): Promise<void> {
    if (this.runningRun() !== undefined) return this.#turn.durable();
    return this.whenFree(() => this.#turn.begin());
  }

  /** Runs `work` when no other than `run` has the store to itself: at once, if that is so. */
  whenFree<T>(work: () => T | Promise<T>, run?: OwnRun): Promise<T> {
    return new Promise((resolve, reject) => {
      const perform = (): void => {
        try {
          resolve(work());
        } catch (error) {
          reject(told(error));
        }
      };
      if (this.#isFree(run)) perform();
      else this.#waiting.push(perform);
    });
  }

  /** Adds one who runs the alarm. */
  addAlarms(alarms: AlarmStore | DurableObjectAlarmBridge): void {
    this.#alarm.add(alarms, async (timeMs) => {
      await this.whenFree(() => {
        this.writes += 1;
        this.#inTurn(() => this.#alarm.forget(timeMs));
      });
      await this.#turn.durable();
    });
  }

  /** Runs what may write, also when it fails. */
  #inTurn<T>(write: () => T): T {
    try {
      const written = write();
      this.ensureTurn();
      return written;
    } catch (error) {
      // What has been closed has no turn.
      if ((told(error) as { code?: unknown }).code !== "ERR_STOPPED") this.ensureTurn();
      throw error;
    }
  }

  #take(run: OwnRun): void {
    this.#turn.end();
    this.#owner = run;
  }

  /** What has waited is done before anything else can be asked. */
  #release(run: OwnRun): void {
    if (this.#owner !== run) return;
    this.#owner = undefined;
    while (this.#owner === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }

  #isFree(run: OwnRun | undefined): boolean {
    return this.#owner === undefined || this.#owner === run;
  }
}

/** What the addon has refused, as users see it. */
function told(error: unknown): unknown {
  const known = fromNative(error);
  return types.isNativeError(known) ? codedError(known) : known;
}

const NEWEST = compatibilityOf(undefined);

const OWNED =
  "a transaction has this storage to itself: await it before using kv, sql or transactionSync outside of it";
