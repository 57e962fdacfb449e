// Performs a request of a program over HTTP and writes down what came back.
import { request as httpRequest } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** @typedef {import("./program.mjs").Request} Request */
/** @typedef {{ text: string, failed: boolean }} Answer */

/** Headers that belong to one connection or one moment, not to the program. */
const UNCOMPARED_HEADERS = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "sec-websocket-accept",
  "transfer-encoding",
]);

/** No program waits longer than the 30 s of a critical section, plus slack for a loaded machine. */
export const ANSWER_TIMEOUT_MS = 50_000;

/** The host that programs see in `request.url`, whatever port they are served on. */
export const HOST = "conformance.example";

/**
 * @param {Request} request
 * @param {number} port
 * @returns {Promise<Answer>}
 */
export async function perform(request, port) {
  if (request.waitMs) await wait(request.waitMs);
  const title = `${request.method} ${request.path}`;
  return new Promise((resolve) => {
    const outgoing = httpRequest({
      host: "127.0.0.1",
      port,
      agent: false,
      method: request.method,
      path: request.path,
      headers: { host: HOST, ...request.headers },
      timeout: ANSWER_TIMEOUT_MS,
    });
    const fail = (/** @type {string} */ reason) =>
      resolve({ text: `${title}\n${reason}\n`, failed: true });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", (error) => {
      if (!request.leaveAfterMs) fail(`connection failed: ${error.message}`);
    });
    outgoing.on("response", (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", (error) => fail(`answer cut short: ${error.message}`));
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const head = [
          `${title}`,
          `${status} ${response.statusMessage}`,
          ...headerLines(response.rawHeaders),
        ];
        resolve({
          text: `${head.join("\n")}\n\n${endLine(Buffer.concat(chunks).toString())}`,
          failed: status >= 500,
        });
      });
    });
    outgoing.end(request.body);
    if (request.leaveAfterMs) {
      setTimeout(() => {
        outgoing.destroy();
        resolve({ text: `${title}\nleft without an answer\n`, failed: false });
      }, request.leaveAfterMs);
    }
  });
}

/**
 * @param {string[]} raw Names and values in turn.
 * @returns {string[]}
 */
export function headerLines(raw) {
  const lines = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    // Which windows a compressed socket may use is the server's choice.
    const value = name === "sec-websocket-extensions" ? raw[i + 1].split(";")[0] : raw[i + 1];
    if (!UNCOMPARED_HEADERS.has(name)) lines.push(`${name}: ${value}`);
  }
  return lines.sort();
}

/** @param {string} text */
function endLine(text) {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
