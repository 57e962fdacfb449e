/**
 * Static assets: the files of a directory, answered before the worker is asked, and to `env.ASSETS`.
 *
 * They are read as they are now, without waiting, so that an object that asks for one goes on in the
 * same turn.
 */
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { tag, wrongArgument } from "../objects/arguments.js";
import { isRequest, Request } from "../web/request.js";
import type { RequestInit } from "../web/request-init.js";
import { Response } from "../web/response.js";
import { type HtmlHandling, matchAsset } from "./asset-paths.js";
import { contentTypeOf } from "./content-types.js";

/** What is answered when no file matches. */
export type NotFoundHandling = "none" | "404-page" | "single-page-application";

/** Where the files are and how they are served. */
export interface AssetsBinding {
  readonly directory: string;
  /** The name in `env`, if the worker is to have one. */
  readonly binding?: string;
  readonly htmlHandling?: HtmlHandling;
  readonly notFoundHandling?: NotFoundHandling;
  /** Paths for which the worker is asked first: all, or those of these patterns and not of those with `!`. */
  readonly runWorkerFirst?: boolean | readonly string[];
}

/** A larger file is read as its reader asks for it. */
const WHOLE_FILE_BYTES_MAX = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

export class Assets {
  readonly #options: AssetsBinding;
  readonly #navigations: boolean;
  readonly #workerFirst: (path: string) => boolean;

  /** With `navigations`, the worker is not asked for pages that do not exist. */
  constructor(options: AssetsBinding, navigations: boolean) {
    this.#options = options;
    this.#navigations = navigations && (options.notFoundHandling ?? "none") !== "none";
    this.#workerFirst = pathPatterns(options.runWorkerFirst ?? false);
  }

  /** The answer to a request that the worker need not see. */
  before(request: Request): Response | undefined {
    const { pathname } = new URL(request.url);
    if (this.#workerFirst(pathname)) return undefined;
    const navigates = this.#navigations && request.headers.get("sec-fetch-mode") === "navigate";
    if (navigates) return this.answer(request);
    return this.#find(request);
  }

  /** The answer to any request. */
  answer(request: Request): Response {
    return this.#find(request) ?? this.#notFound(request);
  }

  #find(request: Request): Response | undefined {
    const { pathname, search } = new URL(request.url);
    const path = readable(pathname);
    if (path === undefined) return undefined;
    const { htmlHandling = "auto-trailing-slash" } = this.#options;
    const match = matchAsset(path, htmlHandling, (file) => this.#file(file) !== undefined);
    if (match === undefined) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405 });
    }
    const right = encodePath("path" in match ? match.path : path);
    if ("path" in match || right !== pathname) {
      return new Response(null, { status: 307, headers: { location: `${right}${search}` } });
    }
    return this.#respond(request, match.file, 200);
  }

  #notFound(request: Request): Response {
    const nothing = () => new Response(null, { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD") return nothing();
    switch (this.#options.notFoundHandling) {
      case "single-page-application":
        return this.#respond(request, "/index.html", 200) ?? nothing();
      case "404-page": {
        let directory = readable(new URL(request.url).pathname) ?? "";
        while (directory !== "") {
          directory = directory.slice(0, directory.lastIndexOf("/"));
          const page = this.#respond(request, `${directory}/404.html`, 404);
          if (page !== undefined) return page;
        }
        return nothing();
      }
      default:
        return nothing();
    }
  }

  #respond(request: Request, file: string, status: number): Response | undefined {
    const stats = this.#file(file);
    if (stats === undefined) return undefined;
    const etag = `"${Math.trunc(stats.mtimeMs).toString(16)}-${stats.size.toString(16)}"`;
    const type = contentTypeOf(file);
    const headers = {
      "cache-control": "public, max-age=0, must-revalidate",
      etag,
      ...(type !== undefined && { "content-type": type }),
    };
    if (status === 200 && isKnown(request, etag)) {
      return new Response(null, { status: 304, headers });
    }
    if (request.method === "HEAD") {
      const length = { "content-length": String(stats.size) };
      return new Response(null, { status, headers: { ...headers, ...length } });
    }
    const path = join(this.#options.directory, file);
    if (stats.size <= WHOLE_FILE_BYTES_MAX) {
      return new Response(readFileSync(path), { status, headers });
    }
    const length = { "content-length": String(stats.size) };
    return new Response(fileStream(path), { status, headers: { ...headers, ...length } });
  }

  /** A file that may be served. */
  #file(file: string): Stats | undefined {
    if (file.split("/").some(isPrivate)) return undefined;
    const stats = look(join(this.#options.directory, file));
    return stats?.isFile() ? stats : undefined;
  }
}

/** What a worker has for its assets in `env`. */
export class AssetFetcher {
  readonly #assets: Assets;

  constructor(assets: Assets) {
    this.#assets = assets;
  }

  /** The answer to a request; only the path of its URL counts. */
  async fetch(...given: unknown[]): Promise<Response> {
    const [input, init] = given as [unknown, RequestInit?];
    if (given.length === 0) throw wrongArgument("fetch", "Fetcher", 1, "Request or string");
    const same = isRequest(input) && init === undefined;
    return this.#assets.answer(same ? input : new Request(input, init));
  }
}

tag(AssetFetcher, "Fetcher");

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A file where the path has a directory, or more text than a path can have.
    if (code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

/** Files that tell how to serve others, and hidden ones. */
function isPrivate(segment: string): boolean {
  if (segment === "_headers" || segment === "_redirects") return true;
  return segment.startsWith(".") && segment !== ".well-known";
}

/** A decoded path without empty segments; `undefined` for what no file can be called. */
function readable(pathname: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    // It is not the UTF-8 form of anything.
    return undefined;
  }
  return /[\\\0]/.test(path) ? undefined : path.replaceAll(/\/{2,}/g, "/");
}

function encodePath(path: string): string {
  return new URL(path.split("/").map(encodeURIComponent).join("/"), "http://assets").pathname;
}

function isKnown(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match") ?? "";
  return known.split(",").some((each) => each.trim().replace(/^W\//, "") === etag);
}

function fileStream(path: string): ReadableStream<Uint8Array> {
  let file: number | undefined;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        file ??= openSync(path, "r");
        const chunk = new Uint8Array(CHUNK_BYTES);
        const bytes = readSync(file, chunk);
        if (bytes > 0) controller.enqueue(chunk.subarray(0, bytes));
        else {
          close();
          controller.close();
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}

/** Whether a path is one of those that the patterns name; `*` stands for anything. */
function pathPatterns(patterns: boolean | readonly string[]): (path: string) => boolean {
  if (typeof patterns === "boolean") return () => patterns;
  const compiled = (chosen: readonly string[]): RegExp[] =>
    chosen.map((pattern) => {
      const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
      return new RegExp(`^${parts.join(".*")}$`);
    });
  const not = compiled(
    patterns.filter((each) => each.startsWith("!")).map((each) => each.slice(1)),
  );
  const those = compiled(patterns.filter((each) => !each.startsWith("!")));
  return (path) =>
    those.some((pattern) => pattern.test(path)) && !not.some((pattern) => pattern.test(path));
}
