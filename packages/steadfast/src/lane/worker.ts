/**
 * The Workers on a lane: the requests that enter through the first, and the objects of all.
 */
import { type NativeClock, StepKind } from "../binding.js";
import type { Compatibility } from "../compatibility.js";
import { messageOf, standardClass } from "../errors.js";
import { checkHandshake, deliverEvent, NOT_A_RESPONSE } from "../objects/deliver.js";
import { beginRun, type DurableObjectFacets, runOfFacet } from "../objects/facets.js";
import { makeId } from "../objects/id.js";
import { type DurableObjectState, makeState } from "../objects/state.js";
import { makeStorage } from "../objects/storage.js";
import { bindPlatform } from "../platform/bindings.js";
import type { ObjectEvent } from "../rpc/event.js";
import { isThenable } from "../rpc/receiver.js";
import { bindServices, checkEntrypoints } from "../services/bindings.js";
import type { Module, WorkerDefinition } from "../services/definition.js";
import { Namespaces } from "../services/namespaces.js";
import { followCrons } from "../services/scheduled.js";
import { nameDefaultScope } from "../services/scope.js";
import { Service } from "../services/service.js";
import { triggered } from "../services/triggers.js";
import type { BodySource } from "../web/body.js";
import { incomingCf } from "../web/cf.js";
import { type Request, requestFromParts } from "../web/request.js";
import { asResponse } from "../web/response.js";
import { Activation, type ObjectInstance } from "./activation.js";
import { type Context, currentService, runIn } from "./context.js";
import { type FacetPlace, Lane, type LaneHost } from "./lane.js";
import { requestStream, sendResponse } from "./wire.js";

/** What an object is constructed from. */
interface MadeOf {
  readonly Class: new (ctx: DurableObjectState, env: object) => ObjectInstance;
  readonly env: object;
  readonly props: unknown;
  readonly exports: object | undefined;
  readonly sqlite: boolean;
}

/** The Workers of a lane. Requests from outside are for the first. */
export class Workers implements LaneHost {
  readonly lane: Lane;
  readonly services: readonly Service[];
  /** The first. */
  readonly primary: Service;
  readonly #namespaces: Namespaces;

  constructor(
    serverToken: number,
    definitions: readonly WorkerDefinition[],
    clock?: NativeClock,
    place = 0,
  ) {
    this.lane = new Lane(serverToken, this, clock, place);
    this.services = definitions.map((each) => new Service(this.lane, each));
    const [primary] = this.services;
    if (primary === undefined) throw new TypeError("a lane needs a worker");
    this.primary = primary;
    this.#namespaces = new Namespaces(this.lane, this.services);
    for (const service of this.services) {
      bindServices(service, this.services);
      bindPlatform(service, this.#namespaces);
    }
    nameDefaultScope(primary.scope);
  }

  get compatibility(): Compatibility {
    if (this.services.length === 1) return this.primary.compatibility;
    return (currentService() ?? this.primary).compatibility;
  }

  /** Loads the modules, finds what the bindings name, and begins with what waits. */
  async load(): Promise<void> {
    const modules = new Map<Service, Module>();
    for (const service of this.services) modules.set(service, await service.load());
    this.#namespaces.findClasses(modules);
    for (const [service, module] of modules) {
      checkEntrypoints(service, this.services, modules);
      Object.assign(service.scope.exports, this.#namespaces.exportsOf(service, module));
    }
    this.lane.native.startAlarms();
    this.lane.native.claimSockets();
    for (const [service, module] of modules) {
      service.start(module);
      // One lane of the server's is enough.
      if (this.lane.native.standing()[0] === 0) {
        followCrons(service, service.definition.crons ?? []);
      }
    }
    this.lane.peers?.begin((depth) => ({ service: this.primary, depth }));
  }

  http(number: number, kind: number): void {
    const { native } = this.lane;
    const head = native.requestHead();
    const methodEnd = head.indexOf("\n");
    const urlEnd = head.indexOf("\n", methodEnd + 1);
    const method = head.slice(0, methodEnd);
    const url = head.slice(methodEnd + 1, urlEnd < 0 ? undefined : urlEnd);
    const headers = urlEnd < 0 ? "" : head.slice(urlEnd + 1);
    const body = this.#requestBody(number, kind);
    const request = requestFromParts(method, url, headers, body, incomingCf);
    this.primary.whenStarted(() => this.#answer(number, request));
  }

  #requestBody(number: number, kind: number): BodySource | null {
    if (kind === StepKind.Http) return null;
    if (kind === StepKind.HttpWithBody) return this.lane.native.requestBody();
    return () => requestStream(this.lane, number);
  }

  #answer(number: number, request: Request): void {
    const fail = (thrown: unknown): void => {
      console.error(thrown);
      this.lane.native.respond(number, 500, "", "Internal Server Error");
    };
    const succeed = (result: unknown): void => {
      try {
        const response = asResponse(result);
        if (response === undefined) throw new TypeError(NOT_A_RESPONSE);
        checkHandshake(response, request);
        sendResponse(this.lane, number, response);
      } catch (thrown) {
        // It cannot be sent: its body was used before, or a header holds what HTTP cannot say.
        fail(thrown);
      }
    };
    try {
      const service = this.primary;
      const asked = service.definition.takesTriggers ? triggered(service, request) : undefined;
      const context =
        this.lane.peers === undefined ? service.context : { service, depth: 0, request: number };
      const result = asked ?? runIn(context, () => service.fetch(request));
      if (isThenable(result)) result.then(succeed, fail);
      else succeed(result);
    } catch (thrown) {
      fail(thrown);
    }
  }

  activation(
    number: number,
    namespace: number,
    id: string,
    name: string | undefined,
    place?: FacetPlace,
  ): Activation {
    const { service } = this.#namespaces.at(namespace);
    const objectId = makeId(id, name);
    const { parent } = place ?? {};
    const run = runOfFacet(parent?.facets, place?.name ?? "");
    if (parent === undefined || place === undefined || run === undefined) {
      return new Activation(number, namespace, this.lane, objectId, service);
    }
    const facetOf = { parent, run };
    const facet = new Activation(number, namespace, this.lane, objectId, parent.service, facetOf);
    beginRun(parent.facets as DurableObjectFacets, place.name, facet);
    return facet;
  }

  construct(activation: Activation): void {
    const { Class, env, props, exports, sqlite } = this.#madeOf(activation);
    const storage = makeStorage(this.lane, activation, sqlite);
    const state = makeState(this.lane, activation, storage, props, exports);
    try {
      runIn({ activation, section: 0, depth: 0 }, () => {
        activation.instance = new Class(state, env);
      });
    } catch (error) {
      this.lane.reset(activation, standardClass(error), messageOf(error));
      return;
    }
    this.lane.native.constructed(activation.number);
  }

  #madeOf({ namespace, facetOf }: Activation): MadeOf {
    if (facetOf?.run.made !== undefined) {
      const { Class, env, props, exports } = facetOf.run.made.of;
      return { Class: Class as MadeOf["Class"], env, props, exports, sqlite: true };
    }
    const { Class, service, sqlite } = this.#namespaces.at(namespace);
    return { Class, env: service.env, props: {}, exports: service.shownExports, sqlite };
  }

  deliver(
    activation: Activation,
    call: number,
    event: ObjectEvent,
    caller: Context | undefined,
    depth: number,
  ): void {
    deliverEvent(this.lane, activation, call, event, caller, depth);
  }

  /** Resets every object and leaves the server. */
  detach(): void {
    this.lane.detach();
  }
}
