// The cases: each measures one side in the process it is called in.
import { contended } from "./contended.mjs";
import { putGet } from "./put-get.mjs";
import { putDurable, putFile } from "./puts.mjs";

export const CASES = [putGet, contended, putDurable, putFile];
