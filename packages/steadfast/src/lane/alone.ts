/**
 * What a Worker computes on the spot, and Node on another thread: so that no event enters the object between
 * the call and what follows it, the computation is a critical section of its own.
 */
import { currentContext } from "./context.js";

/** `result`, with the gate of the object whose code is running closed until it is there. */
export function alone<T>(result: Promise<T>): Promise<T> {
  const context = currentContext();
  if (context === undefined) return result;
  const { activation, depth } = context;
  const { lane } = activation;
  return new Promise<T>((resolve, reject) => {
    const begin = (section: number): void => {
      const end = (settle: () => void): void => {
        lane.resume({ activation, section, depth }, () => {
          lane.native.endSection(activation.number, section);
          settle();
        });
      };
      result.then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error)),
      );
    };
    try {
      lane.section(context, begin);
    } catch {
      // Nested too deeply to have a section of its own: the one around it holds the gate.
      result.then(resolve, reject);
    }
  });
}
