import type { ResolveHook } from "node:module";

const MODULES: Record<string, string> = {
  "cloudflare:workers": new URL("./workers.js", import.meta.url).href,
};

/** Finds the modules that a Worker has and Node has not. */
export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  const url = MODULES[specifier];
  return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
};
