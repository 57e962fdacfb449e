// Performs the steps of a program, one after the other, and joins what came back.
import { setTimeout as wait } from "node:timers/promises";
import { Clients } from "./clients.mjs";
import { perform } from "./transcript.mjs";

/** @typedef {import("./program.mjs").Step} Step */
/** @typedef {import("./transcript.mjs").Answer} Answer */

/**
 * Runs one life of a program, step after step.
 * @param {Step[]} steps
 * @param {number} port
 * @returns {Promise<Answer>}
 */
export async function performSteps(steps, port) {
  /** @type {Answer[]} */
  const answers = [];
  const clients = new Clients(port);
  for (const step of steps) {
    if (step.kind === "pause") await wait(step.ms);
    else if (step.kind !== "requests") answers.push(await clients.perform(step));
    else {
      const { requests } = step;
      answers.push(...(await Promise.all(requests.map((request) => perform(request, port)))));
    }
  }
  answers.push(...clients.end());
  return {
    text: answers.map((answer) => answer.text).join("\n"),
    failed: answers.some((answer) => answer.failed),
  };
}
