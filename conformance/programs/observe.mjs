// What every program shares: a line log of what it saw, in a form that is the same text on any host.

/** A line log; its text is the program's output. */
export class Journal {
  #lines = [];
  #describe;

  /** With `texts: false` errors are told by class only: for the platform's own errors, whose texts are no contract. */
  constructor({ texts = true } = {}) {
    this.#describe = texts ? failure : failureClass;
  }

  /** Adds one line: the label, then the values. */
  note(label, ...values) {
    this.#lines.push(
      values.length === 0 ? label : `${label}: ${values.map((value) => show(value)).join(" ")}`,
    );
  }

  /** Adds what `action` returns, or how it fails, and whether it failed before returning a promise. */
  async try(label, action) {
    let pending;
    try {
      pending = action();
    } catch (error) {
      this.#lines.push(`${label} throws ${this.#describe(error)}`);
      return;
    }
    try {
      this.note(label, await pending);
    } catch (error) {
      this.#lines.push(`${label} rejects ${this.#describe(error)}`);
    }
  }

  /** Adds what a synchronous `action` returns, or what it throws. */
  attempt(label, action) {
    try {
      this.note(label, action());
    } catch (error) {
      this.#lines.push(`${label} throws ${this.#describe(error)}`);
    }
  }

  get text() {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  /** The log so far as a plain text response. */
  response() {
    return new Response(this.text);
  }
}

/** A line log of statements: each with the names of its columns and its rows, or its error. */
export class SqlJournal extends Journal {
  #sql;

  constructor(sql) {
    super();
    this.#sql = sql;
  }

  query(query, ...bindings) {
    const label = bindings.length === 0 ? query : `${query} <- ${bindings.map((b) => show(b))}`;
    this.attempt(label, () => {
      const cursor = this.#sql.exec(query, ...bindings);
      const rows = [...cursor.raw()];
      return cursor.columnNames.length === 0 && rows.length === 0
        ? "done"
        : { [cursor.columnNames.join("|")]: rows };
    });
  }

  /** Several statements without bindings, one after the other. */
  queries(...queries) {
    for (const query of queries) this.query(query);
  }
}

/** A Worker that passes each request to one object, named `name`, of the namespace `binding`. */
export function toObject(binding, name = "object") {
  return {
    fetch(request, env) {
      return env[binding].get(env[binding].idFromName(name)).fetch(request);
    },
  };
}

/**
 * A Worker that asks one object for each path in turn, and tells what it answered or how it failed; with
 * `texts: false` only that it failed, for failures whose text is no contract, with `flags: false` without its flags.
 */
export function asking(binding, paths, { name = "object", texts = true, flags = true } = {}) {
  return {
    async fetch(_request, env) {
      let text = "";
      for (const path of paths) {
        text += `-- ${path}\n`;
        try {
          const answer = await env[binding].getByName(name).fetch(`http://object/${path}`);
          text += await answer.text();
        } catch (error) {
          const told = flags ? failure(error) : failure(error).replace(/ \[[^\]]*\]$/, "");
          text += texts ? `fails: ${told}\n` : "fails\n";
        }
      }
      return new Response(text);
    },
  };
}

/** A Worker whose answer to any request is what `act` notes in a line log. */
export function noting(act) {
  return {
    async fetch(request, env, ctx) {
      const log = new Journal();
      await act(log, env, ctx, request);
      return log.response();
    },
  };
}

/** A Worker that passes each request to the object that the first part of its path names. */
export function toNamed(binding) {
  return {
    fetch(request, env) {
      return env[binding].getByName(new URL(request.url).pathname.split("/")[1]).fetch(request);
    },
  };
}

/** Answers a handshake with the other end of a pair, after `accept` has taken this one. */
export function upgrade(accept, headers) {
  const [client, server] = Object.values(new WebSocketPair());
  accept(server);
  return new Response(null, { status: 101, webSocket: client, headers });
}

/** The Worker's own end of a socket to an object, accepted, with what arrives at it noted in `seen`. */
export async function connect(stub, url = "http://object/", headers = {}) {
  const answer = await stub.fetch(url, { headers: { upgrade: "websocket", ...headers } });
  const { webSocket } = answer;
  const seen = [];
  webSocket.addEventListener("message", ({ data }) => seen.push(data));
  webSocket.addEventListener("close", ({ code, reason, wasClean }) =>
    seen.push(`close ${code} ${JSON.stringify(reason)} ${wasClean}`),
  );
  webSocket.accept();
  /** Resolves when `count` have arrived, with all so far. */
  const arrived = async (count) => {
    while (seen.length < count) await pause(1);
    return seen.splice(0);
  };
  return { webSocket, seen, arrived };
}

/** Lets an object do what the path names: the method gets a line log, and its lines are the answer. */
export async function perform(object, request, log = new Journal()) {
  const { pathname, searchParams } = new URL(request.url);
  await object[pathname.slice(1)](log, searchParams);
  return log.response();
}

/** Resolves after `ms` milliseconds. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Class, message and own enumerable properties of something thrown. */
export function failure(error) {
  if (!(error instanceof Error)) return `a value ${show(error)}`;
  const kind = error instanceof DOMException ? `DOMException ${error.name}` : className(error);
  const name =
    error instanceof DOMException || error.name === className(error)
      ? ""
      : ` (name ${show(error.name)})`;
  const told =
    error instanceof DOMException
      ? ["code", "message", "name", "stack"]
      : ["cause", "name", "stack"];
  const flags = Object.keys(error)
    .filter((key) => !told.includes(key))
    .sort()
    .map((key) => `${key}=${show(error[key])}`);
  const cause = error.cause === undefined ? "" : ` caused by ${failure(error.cause)}`;
  return `${kind}${name} ${JSON.stringify(error.message)}${flags.length ? ` [${flags.join(" ")}]` : ""}${cause}`;
}

function failureClass(error) {
  return failure(error)
    .replace(/ "(?:[^"\\]|\\.)*"/, "")
    .replace(/ caused by .*/, "");
}

/** A text for any value that tells apart what structured clone tells apart. */
export function show(value, seen = []) {
  if (value === null || typeof value === "undefined" || typeof value === "boolean")
    return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return value.toString();
  if (typeof value === "function") {
    return value instanceof Function ? `[function ${value.name}]` : `[${className(value)}]`;
  }
  if (seen.includes(value)) return `<cycle ${seen.indexOf(value)}>`;
  return showObject(value, (inner) => show(inner, [...seen, value]));
}

function showObject(value, inner) {
  if (value instanceof Error) return failure(value);
  if (value instanceof Date)
    return `Date(${Number.isNaN(value.getTime()) ? "invalid" : value.toISOString()})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${hex(new Uint8Array(value))})`;
  if (ArrayBuffer.isView(value)) return showView(value);
  if (value instanceof Map)
    return `Map{${[...value].map(([k, v]) => `${inner(k)}=>${inner(v)}`).join(", ")}}`;
  if (value instanceof Set) return `Set{${[...value].map(inner).join(", ")}}`;
  if (value instanceof Headers)
    return `Headers{${[...value].map(([k, v]) => `${k}=${v}`).join(", ")}}`;
  if (
    value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
  ) {
    return `${className(value)}(${inner(value.valueOf())})`;
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value.keys(), (i) => (i in value ? inner(value[i]) : "<hole>")).join(", ")}]`;
  }
  const fields = Object.keys(value).map(
    (key) => `${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${inner(value[key])}`,
  );
  const prefix = Object.getPrototypeOf(value) === Object.prototype ? "" : `${className(value)} `;
  return `${prefix}{${fields.join(", ")}}`;
}

function showView(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return `${className(view)}(${hex(bytes)} at ${view.byteOffset} of ${view.buffer.byteLength})`;
}

/** Bytes as hex; long ones as their length and a checksum. */
function hex(bytes) {
  if (bytes.length > 32) {
    let sum = 0;
    for (const byte of bytes) sum = (sum * 31 + byte) >>> 0;
    return `${bytes.length} bytes, sum ${sum}`;
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function className(value) {
  return Object.getPrototypeOf(value)?.constructor?.name ?? "null-prototype";
}
