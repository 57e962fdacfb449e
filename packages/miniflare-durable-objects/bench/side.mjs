// A process that measures one side of one case, or checks what such a process left.
import { writeSync } from "node:fs";
import process from "node:process";
import { json } from "node:stream/consumers";
import { CASES } from "./cases.mjs";

const { step, name, ...task } = await json(process.stdin);
const { measure, check } = CASES.find((each) => each.name === name);
const result = step === "check" ? await check(task) : await measure(task);
writeSync(1, `${JSON.stringify(result ?? {})}\n`);
// Nothing is closed: what was acknowledged must not need it.
process.kill(process.pid, "SIGKILL");
