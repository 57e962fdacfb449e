import { MiniflareError } from "@miniflare/shared";

/** What went wrong, for code that wants to tell. */
export type DurableObjectErrorCode =
  | "ERR_SCRIPT_NOT_FOUND" // the script of a binding is not mounted
  | "ERR_CLASS_NOT_FOUND" // the script of a binding does not export its class
  | "ERR_RESPONSE_TYPE" // a `fetch` handler answered with something else than a `Response`
  | "ERR_DESERIALIZATION" // what is stored is not a serialised value
  | "ERR_NO_HANDLER"; // the object's class lacks the handler that is called

/** An error of a Durable Object; its `name` is `DurableObjectError [CODE]`. */
export class DurableObjectError extends MiniflareError<DurableObjectErrorCode> {}
