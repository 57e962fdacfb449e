/**
 * `HTMLRewriter`: HTML changed as it passes. The parser is Cloudflare's own, compiled to WebAssembly;
 * it is loaded when the first page is to be changed.
 */
import { createRequire } from "node:module";
import type { DocumentHandlers, ElementHandlers, HTMLRewriter as Parser } from "html-rewriter-wasm";
import { illegalInvocation, tag, toText, wrongArgument } from "../objects/arguments.js";
import { asResponse, Response } from "../web/response.js";

/** What is to be done with a page: of `on`, or of `onDocument`. */
type Step = (parser: Parser) => void;

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
    this.#steps.push((parser) => void parser.on(selector, handlers as ElementHandlers));
    return this;
  }

  /** Calls the handlers for what is outside of all elements, and for the end. */
  onDocument(...given: unknown[]): this {
    if (!isRewriter(this)) throw illegalInvocation();
    const [handlers] = given;
    if (!isHandlers(handlers)) {
      throw wrongArgument("onDocument", CLASS_NAME, 1, "DocumentContentHandlers");
    }
    this.#steps.push((parser) => void parser.onDocument(handlers as DocumentHandlers));
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
    throw new TypeError(`Parser error: ${reason}`);
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
  for (const step of steps) step(parser);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          while (chunks.length === 0 && parser !== undefined) {
            const { done, value } = await reader.read();
            if (done) {
              await parser.end();
              end();
            } else {
              await parser.write(value);
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
