/**
 * What the native addon offers. No policy here.
 *
 * Contexts cross as two numbers: an activation (0 for the entry worker and code outside every
 * object) and a critical section (0 for none). Tokens and calls are numbers that are never reused.
 */

import { loadAddon } from "./addon.cjs";
import { SteadfastError } from "./errors.js";

/** A step is one number: its kind plus {@link STEP_KINDS} times its own number. */
export const STEP_KINDS = 16;

/** The kinds of steps a number alone tells apart. */
export const StepKind = {
  /** A request without a body. */
  Http: 1,
  /** A request whose body has come with it. */
  HttpWithBody: 2,
  /** A request whose body is a stream. */
  HttpWithStream: 3,
  /** A call to deliver to `stepActivation`. */
  Deliver: 4,
  /** A call that was answered. */
  Reply: 5,
  /** A token whose wait is over. */
  Resume: 6,
  /** A text for a socket: asks for `socketText`, and `stepActivation` if it is not known. */
  SocketText: 8,
  /** Bytes for a socket: asks for `socketBytes`. */
  SocketBytes: 9,
  /** Anything else: see {@link StepDetail}. */
  Detail: 7,
} as const;

/** What code may leave pending after its events have ended; each keeps its object for a time of its own. */
export const Background = { Timer: 0, WaitUntil: 1 } as const;
export type Background = (typeof Background)[keyof typeof Background];

/** The steps that are too rare to be packed. */
export type StepDetail =
  | [
      "construct",
      activation: number,
      namespace: number,
      id: string,
      name?: string,
      parent?: number,
      facet?: string,
    ]
  | [
      "replyError",
      call: number,
      errorClass: string,
      message: string,
      overloaded: boolean,
      reset: boolean,
    ]
  | ["alarm", activation: number, scheduledTime: number, retryCount: number]
  | ["section", activation: number, section: number]
  | ["resumeError", token: number, message: string]
  | [
      "end",
      activation: number,
      errorClass?: string,
      message?: string,
      overloaded?: boolean,
      reset?: boolean,
    ]
  | ["body", token: number, chunk: Uint8Array | null, failure?: string]
  | ["gone", request: number]
  | ["mail", from: number, text: string, bytes?: Uint8Array]
  | ["lost", place: number, life: number]
  | [
      "socketClosed",
      activation: number,
      socket: number,
      code: number,
      reason: string,
      wasClean: boolean,
    ]
  | ["socketError", activation: number, socket: number, message: string]
  | ["detach"]
  | ["none"];

/** Why a call was not made: class, message, whether the object was reset, whether to back off. */
export type Refusal = readonly [
  errorClass: string,
  message: string,
  reset: boolean,
  overloaded: boolean,
];

/** A stored value: a primitive the addon decoded itself, or the serialized bytes. */
export type Stored = number | boolean | null | Uint8Array | undefined;

/** Bounds of a `list()`; `null` for none. */
export type ListBounds = [
  start: string | null,
  startAfter: string | null,
  end: string | null,
  prefix: string | null,
  reverse: boolean,
  limit: number | null,
];

/** A value as SQL binds it; a number is always floating. */
export type SqlBinding = string | number | null | Uint8Array;

/**
 * A statement that was started: its number if it has rows to take, else 0; rows read; rows changed;
 * the names of its columns joined by zero characters, or null for none. What follows are the rows of
 * one that writes, value after value. One without columns is a number: rows read times 2^24, plus rows
 * changed.
 */
export type SqlStarted =
  | number
  | [open: number, rowsRead: number, changes: number, names: string | null, ...values: unknown[]];

/** Rows that were taken, after the same counts: the number is 0 when they were the last. */
export type SqlMore = [open: number, rowsRead: number, changes: number, ...values: unknown[]];

/** The functions of one lane. */
export interface NativeLane {
  /** `sqlite` says whether the class is declared to use SQLite. */
  /** `historyMs` says for how long the past of its objects is kept; without it none is. */
  addNamespace(uniqueKey: string, sqlite: boolean, historyMs?: number): number;
  /** Ids cross as 64 hex digits. */
  idFromName(namespace: number, name: string): string;
  uniqueId(namespace: number): string;
  idFromString(namespace: number, text: string): string;

  receive(): void;
  /** Ends the turn and begins the next: a packed step, 0 when there is nothing to do. */
  advance(): number;
  stepActivation(): number;
  stepDetail(): StepDetail;
  /** Method, URL and headers of the request given last, joined by newlines. */
  requestHead(): string;
  requestBody(): Uint8Array;

  call(
    activation: number,
    section: number,
    depth: number,
    namespace: number,
    id: string,
    name: string | undefined,
    firstCall: number,
  ): number | Refusal;
  /** As `call`, for a facet of the activation `parent`. */
  callFacet(
    activation: number,
    section: number,
    depth: number,
    parent: number,
    name: string,
    firstCall: number,
  ): number | Refusal;
  abortFacet(parent: number, name: string, message: string): void;
  deleteFacet(parent: number, name: string): void;
  deleteFacets(parent: number): void;
  cloneFacet(parent: number, from: string, to: string): void;
  reply(call: number): void;
  constructed(activation: number): void;
  openSection(activation: number, parent: number): number;
  endSection(activation: number, section: number): void;
  reset(activation: number, errorClass: string, message: string, retryAlarm: boolean): void;
  evict(activation: number): boolean;
  beginActivity(activation: number): void;
  endActivity(activation: number): void;
  beginBackground(activation: number, kind: Background): void;
  endBackground(activation: number, kind: Background): void;
  outputWait(activation: number, section: number, token: number): boolean;
  syncWait(activation: number, section: number, token: number): boolean;
  resume(activation: number, section: number, token: number): void;
  cross(from: number, to: number, toSection: number, token: number): void;

  /** The lane's place, how many there are, and the life of each. */
  standing(): number[];
  /** Numbers a call to an object of another lane. */
  nextCall(): number;
  requestBelongsAt(request: number, place: number): void;
  /** Sends to the lane at a place, in the life that is known, when this turn has ended. */
  post(
    activation: number,
    section: number,
    place: number,
    life: number,
    text: string,
    bytes?: Uint8Array | null,
  ): void;

  /** What a lane that has nothing to do waits for: see {@link Rest}. */
  rest(): number;
  /** How many events of objects have not ended. */
  openEvents(): number;
  /** Resumes `token` when this much time has passed on the lane's clock. */
  startTimer(activation: number, section: number, delayMs: number, token: number): void;
  stopTimer(token: number): void;

  /** Lets alarms run: the classes are there. */
  startAlarms(): void;
  alarmGet(activation: number): number | null;
  alarmSet(activation: number, timeMs: number, allowUnconfirmed: boolean): void;
  alarmDelete(activation: number, allowUnconfirmed: boolean): void;
  /** How the alarm handler has ended. */
  alarmSucceeded(activation: number): void;
  alarmThrew(activation: number): void;
  alarmUnhandled(activation: number): void;

  kvGet(activation: number, key: string): Stored;
  kvGetMany(activation: number, keys: string[]): [string, Stored][];
  kvPut(activation: number, key: string, value: Stored, allowUnconfirmed: boolean): void;
  kvPutMany(activation: number, pairs: [string, Stored][], allowUnconfirmed: boolean): void;
  kvDelete(activation: number, key: string, allowUnconfirmed: boolean): boolean;
  kvDeleteMany(activation: number, keys: string[], allowUnconfirmed: boolean): number;
  kvList(activation: number, ...bounds: ListBounds): [string, Stored][];
  kvDeleteAll(activation: number, keepAlarm: boolean): void;

  sqlExec(activation: number, query: string, bindings: SqlBinding[]): SqlStarted;
  /** Takes at most so many rows. */
  sqlNext(activation: number, cursor: number, rows: number): SqlMore;
  sqlClose(activation: number, cursor: number): void;
  /** Rows and index entries that so many changes by the last statement of `query` took. */
  sqlRowsWritten(activation: number, query: string, changes: number): number;
  sqlSize(activation: number): number;

  bookmarkCurrent(activation: number): string;
  bookmarkForTime(activation: number, timeMs: number): string;
  /** Goes back to the bookmark when the object is next opened; gives the one that undoes it. */
  bookmarkRestore(activation: number, bookmark: string): string;

  /** Opens a transaction: a critical section in which all that is written is one unit. */
  openTransaction(activation: number, parent: number): number;
  /** Its callback has settled. `false` when the activation ended instead: nothing of it may run on. */
  endTransaction(activation: number, section: number, commit: boolean): boolean;
  rollBackTransaction(activation: number, section: number): void;
  beginTransactionSync(activation: number): number;
  endTransactionSync(activation: number, transaction: number, commit: boolean): void;

  /** Two connected sockets: the number of the first; the second's is the next. */
  socketPair(): number;
  /** What arrives is a step of this context; `false` when somebody takes it already. */
  socketAccept(activation: number, section: number, socket: number): boolean;
  /** What arrives is an event of the object, which may leave memory meanwhile. */
  socketHibernate(activation: number, socket: number, tags: string[]): void;
  /** Takes over the hibernating sockets of objects that no lane runs. */
  claimSockets(): void;
  socketText(): string;
  socketBytes(): ArrayBuffer;
  /** The handler of the activation's n-th event of hibernating sockets has ended. */
  socketHandled(activation: number, event: number): void;
  socketSend(activation: number, socket: number, message: string | Uint8Array): void;
  socketBroadcast(activation: number, sockets: Float64Array, message: string | Uint8Array): void;
  socketClose(activation: number, socket: number, code: number | undefined, reason: string): void;
  /** Disconnects the peer without a Close frame. */
  socketAbort(socket: number): void;
  /** A message from a connection that this end stands for. */
  socketPush(socket: number, message: string | Uint8Array): void;
  /** It was closed by its other side, or has failed. */
  socketPushEnd(
    socket: number,
    code: number,
    reason: string,
    wasClean: boolean,
    failed: boolean,
  ): void;
  socketList(activation: number, tag: string | undefined): Float64Array;
  socketTags(socket: number): string[];
  /** Whether it has sent its Close frame. */
  socketIsClosing(socket: number): boolean;
  socketAttachment(socket: number): Uint8Array | null;
  socketAttach(socket: number, attachment: Uint8Array): void;
  setAutoResponse(activation: number, request?: string, response?: string): void;
  /** Request and response, or nothing. */
  getAutoResponse(activation: number): string[];
  autoResponseTime(socket: number): number | null;
  setSocketEventTimeout(activation: number, timeoutMs: number): void;
  getSocketEventTimeout(activation: number): number | null;

  /** The text of the status line of the answer that follows, when it is not the usual one. */
  setReason(request: number, reason: string): void;
  respond(request: number, status: number, headers: string, body: string | Uint8Array | null): void;
  /** Answers a request for a socket: what the client sends arrives at the peer of `socket`. */
  respondSocket(request: number, headers: string, socket: number): void;
  respondStream(request: number, status: number, headers: string): void;
  /** Whether there is room for more; if not, `token` is resumed when there is. */
  writeChunk(request: number, chunk: Uint8Array, token: number): boolean;
  endStream(request: number): void;
  abortStream(request: number, message: string): void;
  /** Asks for the next chunk of a request's body; it comes as a Body step with `token`. */
  readBody(request: number, token: number): void;
  cancelBody(request: number): void;
  /** Resets every object, answers what is open, and leaves the server. */
  detach(): void;
}

/** Why a lane has nothing to do. */
export const Rest = {
  /** Something comes by itself: a message, a commit that becomes durable. */
  Busy: 0,
  /** An event waits for something outside, or for ever. */
  Outside: 1,
  /** Nothing but time and requests. */
  Resting: 2,
} as const;

/** A clock that stands still until it is moved. */
export interface NativeClock {
  now(): number;
  elapsed(): number;
  /** Moves to the next deadline; to `elapsedMs` when there is none by then, and returns `false`. */
  step(elapsedMs: number): boolean;
}

export interface NativeServer {
  readonly token: number;
  listen(host: string, port: number): number;
  onAccess(log: (method: string, path: string, status: number, durationMs: number) => void): void;
  onFailure(report: (message: string) => void): void;
  pause(drainMs: number, done: () => void): void;
  /** The places of lanes that have stood still for so long although there was something to do. */
  stalled(elapsedMs: number, limitMs: number): number[];
  /** Gives up the lane at a place whose thread does not end. */
  abandon(place: number): void;
  stop(drainMs: number, done: (failure: string | null) => void): void;
}

/** Told after a step of a transfer: how much is done, and how much there is. */
export type OnProgress = (done: number, total: number) => void;

/** Something to tell, and the file or object it is about. */
export interface TransferLine {
  place: string;
  text: string;
}

/** Numbers that import and export have in common. */
export interface TransferCounts {
  namespaces: number;
  objects: number;
  /** Objects that store nothing. */
  emptyObjects: number;
  keys: number;
  /** Objects with a SQL database. */
  databases: number;
  alarms: number;
  bytes: number;
}

export interface ImportReport extends TransferCounts {
  /** Where the namespaces were found. */
  root: string;
  /** Files of which nothing was imported. */
  problems: TransferLine[];
  /** What was left out on purpose. */
  notes: TransferLine[];
}

export interface CheckReport {
  objects: number;
  keys: number;
  pages: number;
  databases: number;
  findings: TransferLine[];
}

export interface NamespaceSummary {
  key: string;
  objects: number;
}

export interface ObjectSummary {
  id: string;
  name?: string;
  keys: number;
  databaseBytes: number;
  tables: string[];
  alarmMs?: number;
}

export interface ObjectDetails {
  summary: ObjectSummary;
  keys: { key: string; value: Uint8Array }[];
  tables: { name: string; rows?: number; failure?: string }[];
}

/** Work on a data directory that nobody else uses; each call opens and closes it. */
export interface NativeTransfer {
  importData(
    directory: string,
    source: string,
    overwrite: boolean,
    onProgress: OnProgress,
  ): Promise<ImportReport>;
  exportData(
    directory: string,
    target: string,
    overwrite: boolean,
    onProgress: OnProgress,
  ): Promise<TransferCounts>;
  checkData(directory: string, onProgress: OnProgress): Promise<CheckReport>;
  inspectNamespaces(directory: string): Promise<NamespaceSummary[]>;
  inspectObjects(directory: string, namespace: string, limit: number): Promise<ObjectSummary[]>;
  /** `object` is an id or a name. */
  inspectObject(
    directory: string,
    namespace: string,
    object: string,
    limit: number,
  ): Promise<ObjectDetails | null>;
}

/** Every function of a lane takes the lane's number first. */
type Numbered<T> = {
  [K in keyof T]: T[K] extends (...args: infer Args) => infer Result
    ? (lane: number, ...args: Args) => Result
    : never;
};

/** Whose limits hold for what is stored: those of workerd on a disk, or of Cloudflare's servers. */
export type Limits = "local" | "production";

/** How commits become durable: in a log that is moved to the base file, or in the base file at once. */
export type CommitMode = "log" | "sqlite";

export interface Binding extends Numbered<NativeLane>, NativeTransfer {
  openLane(token: number, place: number, wake: () => void): number;
  /** `directory` is `null` for memory. */
  openServer(
    directory: string | null,
    idleEvictionMs: number | null,
    limits: Limits,
    commit: CommitMode,
    lanes: number,
    clock?: NativeClock,
  ): NativeServer;
  readonly NativeClock: new (nowMs: number) => NativeClock;
}

/** Loads the addon; a failure is an error of the package. */
function load(): Binding {
  try {
    return loadAddon() as Binding;
  } catch (error) {
    const { message, cause } = error as Error;
    throw new SteadfastError("ERR_ADDON", message, { cause });
  }
}

export const binding: Binding = load();

/** Opens a lane of this thread at a place of a server: its functions, bound to its number. */
export function openLane(token: number, place: number, wake: () => void): NativeLane {
  const lane = binding.openLane(token, place, wake);
  const bound: Record<string, unknown> = {};
  for (const name of LANE_FUNCTIONS) {
    const native = binding[name] as (...args: unknown[]) => unknown;
    bound[name] = native.bind(undefined, lane);
  }
  return bound as unknown as NativeLane;
}

const LANE_FUNCTIONS: readonly (keyof NativeLane)[] = [
  "addNamespace",
  "idFromName",
  "uniqueId",
  "idFromString",
  "receive",
  "advance",
  "stepActivation",
  "stepDetail",
  "requestHead",
  "requestBody",
  "call",
  "callFacet",
  "abortFacet",
  "deleteFacet",
  "deleteFacets",
  "cloneFacet",
  "reply",
  "constructed",
  "openSection",
  "endSection",
  "reset",
  "evict",
  "beginActivity",
  "endActivity",
  "beginBackground",
  "endBackground",
  "outputWait",
  "syncWait",
  "resume",
  "cross",
  "standing",
  "nextCall",
  "requestBelongsAt",
  "post",
  "rest",
  "openEvents",
  "startTimer",
  "stopTimer",
  "startAlarms",
  "alarmGet",
  "alarmSet",
  "alarmDelete",
  "alarmSucceeded",
  "alarmThrew",
  "alarmUnhandled",
  "kvGet",
  "kvGetMany",
  "kvPut",
  "kvPutMany",
  "kvDelete",
  "kvDeleteMany",
  "kvList",
  "kvDeleteAll",
  "sqlExec",
  "sqlNext",
  "sqlClose",
  "sqlRowsWritten",
  "sqlSize",
  "bookmarkCurrent",
  "bookmarkForTime",
  "bookmarkRestore",
  "openTransaction",
  "endTransaction",
  "rollBackTransaction",
  "beginTransactionSync",
  "endTransactionSync",
  "socketPair",
  "socketAccept",
  "socketHibernate",
  "claimSockets",
  "socketText",
  "socketBytes",
  "socketHandled",
  "socketSend",
  "socketBroadcast",
  "socketClose",
  "socketAbort",
  "socketPush",
  "socketPushEnd",
  "socketList",
  "socketTags",
  "socketIsClosing",
  "socketAttachment",
  "socketAttach",
  "setAutoResponse",
  "getAutoResponse",
  "autoResponseTime",
  "setSocketEventTimeout",
  "getSocketEventTimeout",
  "setReason",
  "respond",
  "respondSocket",
  "respondStream",
  "writeChunk",
  "endStream",
  "abortStream",
  "readBody",
  "cancelBody",
  "detach",
];
