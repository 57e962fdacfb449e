/**
 * Requests that run handlers in development: `/cdn-cgi/handler/scheduled?cron=..&time=..&format=json`.
 *
 * Only programs on this machine may: a page on the web that a browser here shows could send such
 * requests too, with a name of its own for this machine, or with its origin.
 */
import { type Request, requestHeaders } from "../web/request.js";
import { Response } from "../web/response.js";
import { runScheduled } from "./scheduled.js";
import type { Service } from "./service.js";

const HANDLERS = "/cdn-cgi/handler/";
const SCHEDULED = "/cdn-cgi/handler/scheduled";
/** The same for earlier tools. */
const SCHEDULED_BEFORE = "/cdn-cgi/mf/scheduled";
const EMAIL = "/cdn-cgi/handler/email";

const OWN_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The answer to a request that asks for a handler; `undefined` for every other. */
export function triggered(service: Service, request: Request): Promise<Response> | undefined {
  if (!request.url.includes("/cdn-cgi/")) return undefined;
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== SCHEDULED_BEFORE && !pathname.startsWith(HANDLERS)) return undefined;
  const stranger = strangeHeader(request);
  if (stranger !== undefined) {
    return Promise.resolve(new Response(`Invalid ${stranger} header`, { status: 403 }));
  }
  if (pathname === SCHEDULED || pathname === SCHEDULED_BEFORE) {
    return answerScheduled(service, searchParams);
  }
  const text = `"${pathname}" is not a valid handler. Did you mean to use "${SCHEDULED}" or "${EMAIL}"?`;
  return Promise.resolve(new Response(text, { status: 404 }));
}

async function answerScheduled(service: Service, given: URLSearchParams): Promise<Response> {
  const time = given.get("time");
  const result = await runScheduled(service, {
    cron: given.get("cron") ?? undefined,
    ...(time !== null && time !== "" && { scheduledTime: Number.parseInt(time, 10) }),
  });
  const status = result.outcome === "ok" ? 200 : 500;
  if (given.get("format") === "json") return Response.json(result, { status });
  return new Response(result.outcome, { status });
}

/** The header that says the request is not from a program here. */
function strangeHeader(request: Request): string | undefined {
  const headers = requestHeaders(request);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    const value = headers[index + 1] as string;
    if (name === "host" && !isOwn(`http://${value}`)) return "Host";
    if (name === "origin" && !isOwn(value)) return "Origin";
  }
  return undefined;
}

function isOwn(url: string): boolean {
  return URL.canParse(url) && OWN_HOSTS.has(new URL(url).hostname);
}
