/** `WebSocketRequestResponsePair`: a text that is answered without waking the object, and the answer. */
import { tag, toText } from "../objects/arguments.js";

export class WebSocketRequestResponsePair {
  readonly #request: string;
  readonly #response: string;

  constructor(request: string, response: string);
  constructor(...given: unknown[]) {
    if (given.length < 2) {
      throw new TypeError(
        `Failed to construct 'WebSocketRequestResponsePair': constructor parameter ${given.length + 1} is not of type 'string'.`,
      );
    }
    this.#request = toText(given[0]);
    this.#response = toText(given[1]);
  }

  get request(): string {
    return this.#request;
  }

  get response(): string {
    return this.#response;
  }
}

tag(WebSocketRequestResponsePair, "WebSocketRequestResponsePair");
