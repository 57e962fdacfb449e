/**
 * `node --import steadfast/register`: code that is not bundled can import `cloudflare:workers`.
 */
import { register } from "node:module";

register("./register-hooks.js", import.meta.url);
