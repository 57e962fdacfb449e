/** Turns a payload into the value its receiver gets. */
import { ValueDeserializer } from "../objects/host-objects.js";
import type { ByteStream } from "../web/body.js";
import { headersFromList } from "../web/headers.js";
import { Request } from "../web/request.js";
import { Response } from "../web/response.js";
import type { Capability } from "./capability.js";
import type { Payload } from "./event.js";
import { makeFetcher } from "./fetcher.js";
import { CAPABILITY, REQUEST, RESPONSE } from "./formats.js";
import type { Received, Side } from "./payload.js";
import { handlerOf } from "./reference.js";
import { receiveReadable, receiveWritable } from "./streams.js";
import { makeStub, type Stub } from "./stub.js";

export class Decoder extends ValueDeserializer {
  readonly #payload: Payload;
  readonly #side: Side;
  readonly #received: Received;

  constructor(payload: Payload, side: Side, received: Received) {
    super(payload.bytes as Uint8Array);
    this.#payload = payload;
    this.#side = side;
    this.#received = received;
  }

  decode(): unknown {
    this.readHeader();
    return this.readValue();
  }

  protected override readOther(tag: number): object {
    switch (tag) {
      case CAPABILITY:
        return this.#receive(this.#payload.capabilities[this.readUint32()] as Capability);
      case REQUEST:
        return requestOf(this.readValue() as RequestParts);
      case RESPONSE:
        return responseOf(this.readValue() as ResponseParts);
      default:
        return super.readOther(tag);
    }
  }

  #receive(capability: Capability): object {
    const { lane, context } = this.#side;
    switch (capability.kind) {
      case "stub":
      case "disposer": {
        const stub = makeStub(capability.target, context?.activation);
        // It holds by itself now.
        capability.target.release();
        this.#received.push(handlerOf(stub) as Stub);
        return stub;
      }
      case "fetcher":
        return makeFetcher(capability.target);
      case "readable":
        return receiveReadable(lane, capability.reader, capability.from, context);
      case "writable":
        return receiveWritable(lane, capability.writer, capability.from, context);
      case "blob":
        return capability.blob.slice(0, capability.blob.size, capability.blob.type);
    }
  }
}

interface RequestParts {
  readonly method: string;
  readonly url: string;
  readonly redirect: "follow" | "manual";
  readonly cf: object | undefined;
  readonly headers: string[];
  readonly body: string | Uint8Array | ByteStream | null;
}

interface ResponseParts {
  readonly status: number;
  readonly statusText: string;
  readonly headers: string[];
  readonly body: string | Uint8Array | ByteStream | null;
}

function requestOf({ method, url, redirect, cf, headers, body }: RequestParts): Request {
  const init = { method, redirect, cf, headers: headersFromList(headers, "none") };
  return new Request(url, body === null ? init : { ...init, body: bytesOf(body) });
}

function responseOf({ status, statusText, headers, body }: ResponseParts): Response {
  if (status === 0) return Response.error();
  const init = { status, statusText, headers: headersFromList(headers, "none") };
  return new Response(body === null ? null : bytesOf(body), init);
}

/** The body without what a constructor would conclude from it about its type. */
function bytesOf(body: string | Uint8Array | ByteStream): Uint8Array | ByteStream {
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}
