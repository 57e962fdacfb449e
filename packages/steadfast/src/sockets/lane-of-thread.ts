/** Which lane a socket belongs to that code outside every object makes. */
import { currentCode } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";

/** Lanes of this thread, the one attached last behind the others. */
const lanes = new Set<Lane>();

/** Lets sockets be made on a lane until the returned function is called. */
export function takeSocketsOf(lane: Lane): () => void {
  lanes.add(lane);
  return () => lanes.delete(lane);
}

/** The lane of the running code; outside every object the one that was attached last. */
export function laneOfThread(): Lane {
  const lane = knownLane();
  if (lane === undefined)
    throw new Error("there is no worker in this thread that a WebSocket could belong to");
  return lane;
}

/** The same, if there is any. */
export function knownLane(): Lane | undefined {
  const place = currentCode();
  return (place?.activation ?? place?.service)?.lane ?? [...lanes].at(-1);
}
