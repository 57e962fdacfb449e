/**
 * `ctx.facets`: child objects that live in their parent's activation, each with a database of its own.
 *
 * What a facet is made of is asked when it is first used and does not run. A stub belongs to the run it
 * was first used with: when that is over, the stub fails for good, and `get` gives one for the next run.
 */
import { AsyncResource } from "node:async_hooks";
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import { runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import { type Fetcher, makeFetcher } from "../rpc/fetcher.js";
import { isThenable } from "../rpc/receiver.js";
import type { Target } from "../rpc/target.js";
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  tag,
  toText,
  wrongArgument,
} from "./arguments.js";
import { type ReferencedClass, referencedClass } from "./class-reference.js";
import { type DurableObjectId, isObjectId } from "./id.js";
import { contextOf } from "./state.js";

/** What a facet is made of. */
export interface FacetStartupOptions {
  /** A class of `ctx.exports`. */
  class: unknown;
  /** `ctx.id` in the facet; its parent's by default. */
  id?: DurableObjectId | string;
}

/** A facet that runs, or is about to. */
export interface FacetRun {
  /** What it is made of, once that is known. */
  made: { readonly of: ReferencedClass; readonly id: DurableObjectId | string } | undefined;
  /** Why it is over, or never began, in place of what its callers would be told. */
  failure: { readonly error: unknown } | undefined;
  /** Its activation, once it was constructed. */
  activation: Activation | undefined;
  /** Events sent before it was known what it is made of. */
  readonly waiting: (() => void)[];
}

type Startup = () => FacetStartupOptions | Promise<FacetStartupOptions>;

/** Only whoever has this may make one. */
const MAKER = Symbol("maker");

let facetsIn: (value: unknown) => Facets | undefined;

/** The facets of one activation. */
class Facets {
  readonly parent: Activation;
  readonly runs = new Map<string, FacetRun>();

  constructor(parent: Activation) {
    this.parent = parent;
  }

  get lane(): Lane {
    return this.parent.lane;
  }

  /** The run under this name, begun now if there is none. */
  obtain(name: string, startup: Startup): FacetRun {
    const running = this.runs.get(name);
    if (running !== undefined) return running;
    const run: FacetRun = {
      made: undefined,
      failure: undefined,
      activation: undefined,
      waiting: [],
    };
    this.runs.set(name, run);
    const context = contextOf(this.parent);
    const fail = (error: unknown): void => this.#decide(run, { failure: { error } });
    const make = (options: unknown): void => {
      try {
        this.#decide(run, { made: madeOf(options, this.parent) });
      } catch (error) {
        fail(error);
      }
    };
    this.lane.resume(context, () =>
      runIn(context, () => {
        try {
          const options: unknown = startup();
          if (isThenable(options)) options.then(make, fail);
          else make(options);
        } catch (error) {
          fail(error);
        }
      }),
    );
    return run;
  }

  #decide(run: FacetRun, decided: Pick<Partial<FacetRun>, "made" | "failure">): void {
    // An abort meanwhile has decided already.
    if (run.failure === undefined) Object.assign(run, decided);
    for (const send of run.waiting.splice(0)) send();
  }

  /** Ends what runs under the name, if anything: its callers get `error`. What it stored stays. */
  stop(name: string, error: unknown): void {
    const run = this.runs.get(name);
    if (run === undefined) return;
    this.runs.delete(name);
    const told = typeof error === "object" && error !== null ? error : new Error(String(error));
    const message = told instanceof Error ? told.message : String(told);
    const { activation } = run;
    this.#decide(run, { failure: { error: told } });
    if (activation !== undefined) this.lane.reset(activation, "Error", message);
    else this.lane.native.abortFacet(this.parent.number, name, message);
  }

  /** Does something to what facets have stored. */
  change(change: (parent: number) => void): void {
    if (this.parent.ended !== undefined) throw this.parent.ended;
    this.lane.ensureTurn();
    try {
      change(this.parent.number);
    } catch (error) {
      throw fromNative(error);
    }
  }
}

/** A facet as one stub reaches it. */
class FacetTarget implements Target {
  readonly unsendable = "Stubs pointing to Durable Object facets are not serializable.";
  readonly #facets: Facets;
  readonly #name: string;
  readonly #startup: Startup;
  #run: FacetRun | undefined;
  #firstCall = 0;

  constructor(facets: Facets, name: string, startup: Startup) {
    this.#facets = facets;
    this.#name = name;
    this.#startup = startup;
  }

  get lane(): Lane {
    return this.#facets.lane;
  }

  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    const { parent } = this.#facets;
    if (parent.ended !== undefined) {
      settle({ error: parent.ended });
      return;
    }
    this.#run ??= this.#facets.obtain(this.#name, this.#startup);
    const run = this.#run;
    if (run.made !== undefined || run.failure !== undefined) this.#deliver(run, event, settle);
    else run.waiting.push(AsyncResource.bind(() => this.#deliver(run, event, settle)));
  }

  #deliver(run: FacetRun, event: ObjectEvent, settle: (answer: Answer) => void): void {
    if (run.failure !== undefined) {
      settle(run.failure);
      return;
    }
    const { lane, parent } = this.#facets;
    const address = { parent: parent.number, name: this.#name, firstCall: this.#firstCall };
    const call = lane.callFacet(address, event, (answer) => {
      settle("error" in answer && run.failure !== undefined ? run.failure : answer);
    });
    if (this.#firstCall === 0) this.#firstCall = call;
  }
}

export class DurableObjectFacets {
  readonly #facets: Facets;

  static {
    facetsIn = (value) =>
      typeof value === "object" && value !== null && #facets in value ? value.#facets : undefined;
  }

  /** @internal */
  constructor(parent: Activation, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#facets = new Facets(parent);
  }

  /** A stub of the facet; `startup` is called when the stub is used and the facet does not run. */
  get(name: string, startup: Startup): Fetcher;
  get(...given: unknown[]): Fetcher {
    const facets = own(this);
    const name = nameOf("get", given, 0);
    if (typeof given[1] !== "function") throw wrongArgument("get", CLASS_NAME, 2, "function");
    if (facets.parent.depth >= DEPTH_MAX) throw new Error(TOO_DEEP);
    return makeFetcher(new FacetTarget(facets, name, given[1] as Startup));
  }

  /** Ends the facet: whoever waits for it, and every stub of it, gets `reason`. What it stored stays. */
  abort(name: string, reason: unknown): void;
  abort(...given: unknown[]): void {
    const facets = own(this);
    const name = nameOf("abort", given, 0);
    if (given[1] === undefined) throw wrongArgument("abort", CLASS_NAME, 2, "Value");
    facets.change(() => facets.stop(name, given[1]));
  }

  /** Ends the facet and deletes what it and the facets below it have stored. */
  delete(name: string): void;
  delete(...given: unknown[]): void {
    const facets = own(this);
    const name = nameOf("delete", given, 0);
    facets.change((parent) => {
      facets.stop(name, new Error(DELETED));
      facets.lane.native.deleteFacet(parent, name);
    });
  }

  /** Puts a copy of what the facet `from` and those below it have stored in the place of `to`. */
  clone(from: string, to: string): void;
  clone(...given: unknown[]): void {
    const facets = own(this);
    const from = nameOf("clone", given, 0);
    const to = nameOf("clone", given, 1);
    facets.change((parent) => {
      facets.stop(to, new Error("Facet was cloned-over."));
      facets.lane.native.cloneFacet(parent, from, to);
    });
  }
}

const CLASS_NAME = "DurableObjectFacets";

tag(DurableObjectFacets, CLASS_NAME);

/** `ctx.facets` of an activation. */
export function makeFacets(parent: Activation): DurableObjectFacets {
  return new DurableObjectFacets(parent, MAKER);
}

/** The facet `name` is about to be constructed as `activation`: its run. */
export function runOfFacet(
  facets: DurableObjectFacets | undefined,
  name: string,
): FacetRun | undefined {
  return facetsIn(facets)?.runs.get(name);
}

/** The run has an activation from now on, and ends with it. */
export function beginRun(facets: DurableObjectFacets, name: string, activation: Activation): void {
  const runs = facetsIn(facets)?.runs;
  const run = runs?.get(name);
  if (run === undefined) return;
  run.activation = activation;
  activation.onEnd(() => {
    if (runs?.get(name) === run) runs.delete(name);
  });
}

/** Ends a facet from inside: its callers get `error`. */
export function abortRun(
  facets: DurableObjectFacets | undefined,
  run: FacetRun,
  error: Error,
): void {
  const all = facetsIn(facets);
  const name = [...(all?.runs ?? [])].find(([, each]) => each === run)?.[0];
  if (name !== undefined) all?.stop(name, error);
}

/** Ends all facets of an object whose storage was deleted, and deletes theirs. */
export function deleteFacets(facets: DurableObjectFacets | undefined): void {
  const all = facetsIn(facets);
  all?.change((parent) => {
    for (const name of [...all.runs.keys()]) all.stop(name, new Error(DELETED));
    all.lane.native.deleteFacets(parent);
  });
}

function own(facets: unknown): Facets {
  const found = facetsIn(facets);
  if (found === undefined) throw illegalInvocation();
  return found;
}

function nameOf(method: string, given: unknown[], at: number): string {
  if (given[at] === undefined) throw wrongArgument(method, CLASS_NAME, at + 1, "string");
  const name = toText(given[at]);
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
    throw new TypeError(`Facet name is too long (max ${NAME_BYTES_MAX} characters).`);
  }
  return name;
}

function madeOf(options: unknown, parent: Activation): FacetRun["made"] {
  if (options === undefined || options === null) {
    const type = "N7workerd3api19DurableObjectFacets14StartupOptionsE";
    throw new TypeError(
      `Cannot initialize ${type} with required members from an undefined or null value.`,
    );
  }
  const given = isOptions(options) ? (options as { class?: unknown; id?: unknown }) : {};
  const of = referencedClass(given.class);
  if (of === undefined) throw new TypeError(NO_CLASS);
  if (given.id === undefined) return { of, id: parent.shownId };
  return { of, id: isObjectId(given.id) ? given.id : toText(given.id) };
}

const NAME_BYTES_MAX = 256;
/** The root included. */
const DEPTH_MAX = 4;
const TOO_DEEP = `Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is ${DEPTH_MAX}.`;
const DELETED = "Facet was deleted.";
const NO_CLASS =
  "Incorrect type for the 'class' field on 'StartupOptions': the provided value is not of type " +
  "'DurableObjectClass or LoopbackDurableObjectNamespace or LoopbackColoLocalActorNamespace'.";
