import * as core from "@miniflare/core";
import {
  getRequestContext,
  type PluginContext,
  RequestContext,
  usageModelExternalSubrequestLimit,
} from "@miniflare/shared";
import { Response as UndiciResponse } from "undici";
import { DurableObjectError } from "./error";
import type { DurableObjectId } from "./id";
import type { DurableObjectFactory } from "./namespace";
import { kFetch } from "./state";

/** What `@miniflare/core` exports for its own packages, and leaves out of its declarations. */
interface CoreInternals {
  _urlFromRequestInput(input: core.RequestInfo): URL;
  _buildUnknownProtocolWarning(url: URL): string;
}

/** A way to an object: each `fetch` is an event of it. */
export class DurableObjectStub {
  readonly #factory: DurableObjectFactory;
  readonly #ctx: PluginContext | undefined;

  constructor(
    factory: DurableObjectFactory,
    readonly id: DurableObjectId,
    ctx?: PluginContext,
  ) {
    this.#factory = factory;
    this.#ctx = ctx;
  }

  /** The name the object's id was made from, if it was. */
  get name(): string | undefined {
    return this.id.name;
  }

  /**
   * Calls the object's `fetch` handler, making the object when it is not there.
   *
   * What the object throws rejects as it is. Counts as an internal subrequest of the caller.
   */
  async fetch(input: core.RequestInfo, init?: core.RequestInit): Promise<core.Response> {
    const state = await this.#factory(this.id);
    const request = this.#requestOf(input, init);
    const caller = getRequestContext();
    caller?.incrementInternalSubrequests();
    const context = new RequestContext({
      requestDepth: (caller?.requestDepth ?? 0) + 1,
      pipelineDepth: 1,
      durableObject: true,
      externalSubrequestLimit: usageModelExternalSubrequestLimit(this.#ctx?.usageModel),
    });
    const response = await context.runWith(() => {
      return state[kFetch](core.withInputGating(core.withImmutableHeaders(request)));
    });
    caller?.advanceCurrentTime();
    return core.withImmutableHeaders(requireResponse(response));
  }

  #requestOf(input: core.RequestInfo, init: core.RequestInit | undefined): core.Request {
    const ctx = this.#ctx;
    const info =
      typeof input === "string" && !ctx?.compat.isEnabled("durable_object_fetch_requires_full_url")
        ? new URL(input, "https://fake-host")
        : input;
    const { _urlFromRequestInput: urlOf, _buildUnknownProtocolWarning: warningFor } =
      core as unknown as CoreInternals;
    const url = urlOf(info);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      if (ctx?.compat.isEnabled("fetch_refuses_unknown_protocols")) {
        throw new TypeError(`Fetch API cannot load: ${url.toString()}`);
      }
      ctx?.log.warn(warningFor(url));
    }
    return info instanceof core.Request && !init ? info : new core.Request(info, init);
  }
}

/** Takes Miniflare's `Response` and the one underneath it, which libraries may have made. */
function requireResponse(response: core.Response): core.Response {
  if (response instanceof core.Response || (response as unknown) instanceof UndiciResponse) {
    return response;
  }
  throw new DurableObjectError(
    "ERR_RESPONSE_TYPE",
    "Durable Object fetch handler didn't respond with a Response object",
  );
}
