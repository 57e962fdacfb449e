/** Keeps objects in memory while something of theirs is under way. */
import type { Activation } from "./activation.js";
import type { Lane } from "./lane.js";

/**
 * Keeps an activation in memory until the returned function is called; `ended` is told when it ends
 * before that. Nothing to do for the entry.
 */
export function hold(
  lane: Lane,
  activation: Activation | undefined,
  ended: (reason: Error | undefined) => void = () => undefined,
): () => void {
  if (activation === undefined) return () => undefined;
  lane.native.beginActivity(activation.number);
  const forget = activation.onEnd(() => ended(activation.ended));
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    forget();
    lane.native.endActivity(activation.number);
  };
}
