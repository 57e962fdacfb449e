/**
 * The decisions of storage that stands on somebody else's, made by the core.
 *
 * Values stay here: an overlay keeps its bytes in a `Map` of its own, and the core knows of each key
 * whether it is written or deleted. No call here waits, reads a clock or touches a backing: each takes what
 * has happened and returns what to do.
 */
import { loadAddon } from "../addon.cjs";

declare const overlay: unique symbol;
declare const backed: unique symbol;
declare const transaction: unique symbol;
declare const alarms: unique symbol;

/** What an overlay knows of its keys. Freed by the garbage collector, like every `Ref` here. */
export interface OverlayRef {
  readonly [overlay]: true;
}

/** The storage of one object: what is not flushed yet, who runs a transaction, what was written lately. */
export interface BackedRef {
  readonly [backed]: true;
}

/** One transaction, through all its runs. */
export interface TransactionRef {
  readonly [transaction]: true;
}

/** When alarms are due. */
export interface AlarmsRef {
  readonly [alarms]: true;
}

/**
 * What a flush does, in this order: each delete set by one `deleteMany`, `puts` by one `putMany`,
 * `lateDeletes` by one `deleteMany`. An empty list is no call. `puts` are in the order of the overlay.
 */
export type FlushPlan = [
  deleteSets: [set: number, ...keys: string[]][],
  puts: string[],
  lateDeletes: string[],
];

/** What becomes of a transaction that has run to its end. */
export const Verdict = {
  /** Its writes are in the storage's overlay now: move the copies, then flush. */
  Committed: 0,
  /** It read what was written meanwhile: run it again now. */
  RunAgain: 1,
  /** The same, once {@link NativeBacked.txnEnd} names its ticket. */
  WaitTurn: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** The functions of the addon that this directory uses. */
export interface NativeBacked {
  /** An empty overlay; `recordReads` says whether it notes which keys are asked for. */
  overlayNew(recordReads: boolean): OverlayRef;
  /** The keys are written now. */
  overlayPut(overlay: OverlayRef, keys: string | string[]): void;
  /** The keys are deleted now. */
  overlayDelete(overlay: OverlayRef, keys: string | string[]): void;
  /** The overlay knows nothing of the key any more. For users who change `copies` by hand. */
  overlayForget(overlay: OverlayRef, key: string): void;
  /** The overlay knows nothing of any key; what it has noted as read stays. */
  overlayClear(overlay: OverlayRef): void;
  /** Notes the reads. Indices into `keys` that the backing must be asked for; the others are in `copies`. */
  overlayAsk(overlay: OverlayRef, keys: string[]): number[];
  /** The same for one key: whether the backing must be asked. */
  overlayAskOne(overlay: OverlayRef, key: string): boolean;
  /** Notes the reads. How many of `keys` are written here, then the indices the backing must be asked for. */
  overlayAskHas(overlay: OverlayRef, keys: string[]): number[];
  /** The limit to ask the backing for: one more for each key that matches and is deleted here. */
  overlayListLimit(
    overlay: OverlayRef,
    prefix: string | undefined,
    excludePrefix: string | undefined,
    start: string | undefined,
    end: string | undefined,
    limit: number | undefined,
  ): number | undefined;
  /**
   * The names the backing gave, merged with what is written and deleted here: in the order of their UTF-8
   * bytes, cut to `limit`, noted as read. An overlay that knows no key leaves the names as they came.
   */
  overlayList(
    overlay: OverlayRef,
    prefix: string | undefined,
    excludePrefix: string | undefined,
    start: string | undefined,
    end: string | undefined,
    reverse: boolean,
    limit: number | undefined,
    names: string[],
  ): string[];
  /** A key is read without the overlay being asked for it: the alarm. */
  overlayNoteRead(overlay: OverlayRef, key: string): void;

  /** The storage of one object over its own overlay, which records no reads. */
  backedNew(overlay: OverlayRef): BackedRef;
  /** The keys are written in its overlay, as one write set; no keys are a set too. */
  backedPut(backed: BackedRef, keys: string | string[]): void;
  /**
   * The keys are deleted in its overlay, as one write set. How many of them were written in the overlay, and
   * the number of the delete set that those it did not know form (0: none): the backing tells at the flush
   * how many of these there were.
   */
  backedDelete(backed: BackedRef, keys: string | string[]): [written: number, set: number];
  /** The same without a delete set: nobody wants to know how many there were. */
  backedDeleteAll(backed: BackedRef, names: string[]): void;
  /** A write set of keys that are not in the overlay: the alarm. */
  backedNote(backed: BackedRef, keys: string[]): void;
  /**
   * What to flush: `null` for nothing, `true` for one `putMany` of everything in the overlay. From here on the
   * delete sets are the caller's.
   */
  backedFlush(backed: BackedRef): FlushPlan | true | null;
  /** The flush is done: the overlay forgets what has not changed since it began. */
  backedFlushed(backed: BackedRef): void;
  /** The flush has failed: the overlay stays, so that the next flush tries again. */
  backedFlushFailed(backed: BackedRef): void;

  /**
   * A transaction arrives and runs, over an overlay that records reads. `parent` is the one whose closure
   * began it, of any storage: until that and those around it have ended, this one never waits for a turn.
   */
  txnBegin(backed: BackedRef, overlay: OverlayRef, parent: TransactionRef | null): TransactionRef;
  /** It runs again, over a new overlay; its place in the order of arrival stays. */
  txnRestart(transaction: TransactionRef, overlay: OverlayRef): void;
  /** It writes or deletes keys. How many different ones it has so far. */
  txnWrote(transaction: TransactionRef, keys: string | string[]): number;
  /**
   * Its run has ended and wants to be kept. Nobody else may change the storage's overlay until the flush.
   * On `WaitTurn` be ready for its ticket before anything is awaited.
   */
  txnCommit(transaction: TransactionRef): Verdict;
  /**
   * It has ended: committed, rolled back or thrown. The ticket of the transaction that has waited for its turn
   * and has it now, 0 for none. Ending again does nothing.
   */
  txnEnd(transaction: TransactionRef): number;
  /** Its number in the order of arrival, from 1. */
  txnTicket(transaction: TransactionRef): number;

  /** No alarms. */
  alarmsNew(): AlarmsRef;
  /** Alarms that were stored, `times` in milliseconds since the Unix epoch. */
  alarmsLoad(alarms: AlarmsRef, keys: string[], times: number[]): void;
  /**
   * Sets an alarm. Milliseconds until its timer is due, or -1 when a later scan starts it; either way a timer
   * that runs for this key is the caller's to stop.
   */
  alarmsSet(alarms: AlarmsRef, key: string, time: number, now: number): number;
  /** Forgets an alarm; whether there was one. */
  alarmsDelete(alarms: AlarmsRef, key: string): boolean;
  /** Forgets all. */
  alarmsClear(alarms: AlarmsRef): void;
  /** The alarms that need a timer before the next scan, {@link ALARM_SCAN_MS} from now. */
  alarmsScan(alarms: AlarmsRef, now: number): [key: string, delayMs: number][];
}

/** How long after a scan of the alarms the next one comes. */
export const ALARM_SCAN_MS = 30_000;

/** The addon's functions. */
export const native = loadAddon() as NativeBacked;
