/**
 * `HTMLRewriter`: HTML changed as it passes. The parser is Cloudflare's own, compiled to WebAssembly;
 * it is loaded when the first page is to be changed.
 */
import { createRequire } from "node:module";
import type { DocumentHandlers, ElementHandlers, HTMLRewriter as Parser } from "html-rewriter-wasm";
import { illegalInvocation, tag, toText, wrongArgument } from "../objects/arguments.js";
import { isThenable } from "../rpc/receiver.js";
import { asResponse, Response } from "../web/response.js";

/** What is to be done with a page: of `on`, or of `onDocument`. Errors of handlers go to `failure`. */
type Step = (parser: Parser, failure: Failure) => void;

let isRewriter: (value: unknown) => value is HTMLRewriter;

export class HTMLRewriter {
  readonly #steps: Step[] = [];

  static {
    isRewriter = (value): value is HTMLRewriter =>
      typeof value === "object" && value !== null && #steps in value;
  }

  /** Calls the handlers for elements that the selector finds, and for what is in them. */
  on(...given: unknown[]): this {
    if (!isRewriter(this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("on", CLASS_NAME, 1, "string");
    const selector = toText(given[0]);
    const handlers = given[1];
    if (!isHandlers(handlers)) throw wrongArgument("on", CLASS_NAME, 2, "ElementContentHandlers");
    checkSelector(selector);
    this.#steps.push((parser, failure) => {
      parser.on(selector, failure.caught<ElementHandlers>(handlers, ELEMENT_HANDLERS));
    });
    return this;
  }

  /** Calls the handlers for what is outside of all elements, and for the end. */
  onDocument(...given: unknown[]): this {
    if (!isRewriter(this)) throw illegalInvocation();
    const [handlers] = given;
    if (!isHandlers(handlers)) {
      throw wrongArgument("onDocument", CLASS_NAME, 1, "DocumentContentHandlers");
    }
    this.#steps.push((parser, failure) => {
      parser.onDocument(failure.caught<DocumentHandlers>(handlers, DOCUMENT_HANDLERS));
    });
    return this;
  }

  /** The response with its body changed, as it is read. */
  transform(...given: unknown[]): Response {
    if (!isRewriter(this)) throw illegalInvocation();
    const response = asResponse(given[0]);
    if (response === undefined) throw wrongArgument("transform", CLASS_NAME, 1, "Response");
    const { body, status, statusText, headers } = response;
    if (body === null) return new Response(null, { status, statusText, headers });
    const changed = changedStream(body as ReadableStream<Uint8Array>, this.#steps);
    return new Response(changed, { status, statusText, headers });
  }
}

const CLASS_NAME = "HTMLRewriter";
const ELEMENT_HANDLERS = ["element", "comments", "text"];
const DOCUMENT_HANDLERS = ["doctype", "comments", "text", "end"];

/**
 * The first error of a handler. The parser is not told of it: one that is stopped in a handler which
 * waits could not be freed.
 */
class Failure {
  #thrown: { readonly error: unknown } | undefined;

  /** `handlers`, of which none is called after one has failed. */
  caught<T extends object>(handlers: object, names: readonly string[]): T {
    const note = (error: unknown): void => {
      this.#thrown ??= { error };
    };
    const caught: Record<string, (token: unknown) => unknown> = {};
    for (const name of names) {
      const handler: unknown = Reflect.get(handlers, name);
      if (typeof handler !== "function") continue;
      caught[name] = (token) => {
        if (this.#thrown !== undefined) return undefined;
        try {
          const result: unknown = handler.call(handlers, token);
          return isThenable(result) ? result.then(undefined, note) : undefined;
        } catch (error) {
          note(error);
          return undefined;
        }
      };
    }
    return caught as T;
  }

  /** Throws it, if there is one. */
  check(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }
}

tag(HTMLRewriter, CLASS_NAME);

/** Puts the class into `scope`. */
export function installHtmlRewriter(scope: typeof globalThis): void {
  Object.defineProperty(scope, CLASS_NAME, {
    value: HTMLRewriter,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

function isHandlers(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function parserClass(): typeof Parser {
  const loaded = createRequire(import.meta.url)("html-rewriter-wasm");
  return (loaded as typeof import("html-rewriter-wasm")).HTMLRewriter;
}

/** Throws where the selector is given what would else be told when a page is read. */
function checkSelector(selector: string): void {
  const parser = new (parserClass())(() => undefined);
  try {
    parser.on(selector, {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(reason);
  } finally {
    parser.free();
  }
}

/** `body`, passed through a parser of its own. */
function changedStream(
  body: ReadableStream<Uint8Array>,
  steps: readonly Step[],
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let parser: Parser | undefined = new (parserClass())((chunk) => {
    // An empty one says that the page has ended.
    if (chunk.byteLength > 0) chunks.push(chunk.slice());
  });
  const end = (): void => {
    parser?.free();
    parser = undefined;
  };
  const failure = new Failure();
  for (const step of steps) step(parser, failure);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          while (chunks.length === 0 && parser !== undefined) {
            const { done, value } = await reader.read();
            if (done) {
              await parser.end();
              failure.check();
              end();
            } else {
              await parser.write(value);
              failure.check();
            }
          }
        } catch (error) {
          end();
          void reader.cancel(error).catch(() => undefined);
          throw error;
        }
        for (const chunk of chunks.splice(0)) controller.enqueue(chunk);
        if (parser === undefined) controller.close();
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
