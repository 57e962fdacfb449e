/** What is used here of the package `ws`. */
declare module "ws" {
  import type { IncomingMessage } from "node:http";

  export interface ClientOptions {
    headers?: Record<string, string>;
    maxPayload?: number;
  }

  export class WebSocket {
    readonly CONNECTING: number;
    readonly readyState: number;
    readonly protocol: string;
    readonly extensions: string;
    constructor(url: string, protocols: string[], options: ClientOptions);
    send(message: string | ArrayBuffer): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
    on(event: "open", listener: () => void): void;
    on(event: "upgrade", listener: (response: IncomingMessage) => void): void;
    on(
      event: "unexpected-response",
      listener: (request: unknown, response: IncomingMessage) => void,
    ): void;
    on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "close", listener: (code: number, reason: Buffer) => void): void;
  }
}
