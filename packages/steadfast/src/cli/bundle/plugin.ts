import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import type { WorkerConfig } from "../config/worker.js";
import { ModuleRules, type ModuleType } from "./rules.js";

const BUILTINS = new Set(builtinModules);
const REQUIRED_BUILTIN = "steadfast-required-builtin";

/** What `cloudflare:workers` is at run time, but for what each Worker has of its own. */
const WORKERS_MODULE = new URL("../../workers.js", import.meta.url).href;
const SCOPE_MODULE = new URL("../../services/scope.js", import.meta.url).href;
const WORKERS = "steadfast-workers";

/** What a Worker project imports and esbuild does not know by itself. */
export function workerModules(config: WorkerConfig): Plugin {
  return {
    name: "steadfast",
    setup(build) {
      const aliased = (path: string) => path in config.alias;
      cloudflareModules(build, aliased, config.name);
      nodeModules(build, aliased);
      ruleModules(build, new ModuleRules(config.rules));
    },
  };
}

function cloudflareModules(
  build: PluginBuild,
  aliased: (path: string) => boolean,
  worker: string,
): void {
  build.onResolve({ filter: /^cloudflare:/ }, ({ path, kind }) => {
    if (aliased(path)) return undefined;
    if (path === "cloudflare:workers") return { path, namespace: WORKERS };
    // A package may offer several ways and import this one only if it is there.
    if (kind === "dynamic-import") return { path, external: true };
    return { errors: [{ text: `"${path}" is not available here` }] };
  });
  build.onResolve({ filter: /^file:/, namespace: WORKERS }, ({ path }) => ({
    path,
    external: true,
  }));
  build.onLoad({ filter: /.*/, namespace: WORKERS }, async () => ({
    contents: await workersModule(worker),
    loader: "js",
  }));
}

/** `cloudflare:workers` for one Worker: several may be loaded in a thread. */
async function workersModule(worker: string): Promise<string> {
  const shared = Object.keys(await import(WORKERS_MODULE));
  const own = ["env", "exports"];
  return `import { viewsOf } from ${JSON.stringify(SCOPE_MODULE)};
export const { ${own.join(", ")} } = viewsOf(${JSON.stringify(worker)});
export { ${shared.filter((name) => !own.includes(name)).join(", ")} } from ${JSON.stringify(WORKERS_MODULE)};
`;
}

/** `node:fs` and `fs` are Node's own, unless the project installed a package of that name. */
function nodeModules(build: PluginBuild, aliased: (path: string) => boolean): void {
  const resolveBuiltin = (args: OnResolveArgs, name: string): OnResolveResult =>
    args.kind === "require-call" || args.kind === "require-resolve"
      ? { path: name, namespace: REQUIRED_BUILTIN }
      : { path: name, external: true };

  build.onResolve({ filter: /^node:/ }, (args) => {
    if (aliased(args.path) || args.namespace === REQUIRED_BUILTIN) return externalInside(args);
    return resolveBuiltin(args, args.path);
  });
  build.onResolve({ filter: /^[a-z_]+(\/[a-z_]+)*$/ }, async (args) => {
    if (!BUILTINS.has(args.path) || aliased(args.path) || resolvingAgain(args)) return undefined;
    const installed = await resolveAgain(build, args, args.path);
    return installed.errors.length === 0 ? installed : resolveBuiltin(args, `node:${args.path}`);
  });
  // The output is an ES module, which has no `require`.
  build.onLoad({ filter: /.*/, namespace: REQUIRED_BUILTIN }, ({ path }) => ({
    contents: `import builtin from ${JSON.stringify(path)};\nmodule.exports = builtin;\n`,
    loader: "js",
  }));
}

function externalInside(args: OnResolveArgs): OnResolveResult | undefined {
  return args.namespace === REQUIRED_BUILTIN ? { path: args.path, external: true } : undefined;
}

function ruleModules(build: PluginBuild, rules: ModuleRules): void {
  build.onResolve({ filter: /./ }, async (args) => {
    if (args.kind === "entry-point" || resolvingAgain(args)) return undefined;
    const type = rules.typeOf(args.path);
    if (type === undefined) return undefined;
    const found = await resolveAgain(build, args, args.path.replace(/\?module$/, ""));
    if (found.errors.length > 0) return found;
    return { path: found.path, namespace: namespaceOf(type), watchFiles: [found.path] };
  });
  for (const type of ["Text", "Data", "CompiledWasm"] as const) {
    build.onLoad({ filter: /.*/, namespace: namespaceOf(type) }, ({ path }) => load(type, path));
  }
}

async function load(type: ModuleType, path: string): Promise<OnLoadResult> {
  const watchFiles = [path];
  if (type === "Text") return { contents: await readFile(path), loader: "text", watchFiles };
  // The bytes are not copied into the bundle: they are read when the Worker is loaded.
  const bytes = `import { readFileSync } from "node:fs";
const bytes = readFileSync(${JSON.stringify(path)});
`;
  const value =
    type === "CompiledWasm"
      ? "new WebAssembly.Module(bytes)"
      : "bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)";
  return { contents: `${bytes}export default ${value};\n`, loader: "js", watchFiles };
}

function namespaceOf(type: ModuleType): string {
  return `steadfast-${type.toLowerCase()}`;
}

const AGAIN = Symbol("resolving again");

function resolvingAgain(args: OnResolveArgs): boolean {
  return args.pluginData === AGAIN;
}

/** Asks esbuild itself, without this plugin answering. */
function resolveAgain(build: PluginBuild, args: OnResolveArgs, path: string) {
  const { importer, namespace, resolveDir, kind } = args;
  return build.resolve(path, { importer, namespace, resolveDir, kind, pluginData: AGAIN });
}
