import { join, resolve } from "node:path";
import type { BuildOptions, BuildResult, Message, PartialMessage } from "esbuild";
import { loadPackage } from "../commonjs.js";
import type { WorkerConfig } from "../config/worker.js";
import { CliError } from "../error.js";
import { workerModules } from "./plugin.js";

/** A Worker as one ES module, with everything it imports. */
export interface Bundle {
  /** The module, with its source map inside. */
  code: string;
  /** Absolute paths of the files it was made from. */
  inputs: string[];
  /** Messages of the bundler that do not stop it, formatted for a terminal. */
  warnings: string[];
}

/** A build that can be repeated, each time from the files as they are then. */
export interface Bundler {
  build(): Promise<Bundle>;
  dispose(): Promise<void>;
}

/** How a bundle is made, beside what the configuration says. */
export interface BundleOptions {
  mode: "development" | "production";
  color: boolean;
  /** Directory the bundle will be loaded from; the source map is relative to it. */
  outputDirectory: string;
}

/** The bundle's file name. */
export const BUNDLE_NAME = "worker.mjs";

/** Bundles each once. Throws a `BuildFailed` that shows the place of each error in the source. */
export async function bundleAll(
  configs: readonly WorkerConfig[],
  options: BundleOptions,
): Promise<Bundle[]> {
  const esbuild = loadPackage("esbuild");
  try {
    return await Promise.all(
      configs.map((config) =>
        finish(config, options, esbuild.build(buildOptions(config, options))),
      ),
    );
  } finally {
    await esbuild.stop();
  }
}

/** Prepares to bundle again and again. */
export async function createBundler(
  config: WorkerConfig,
  options: BundleOptions,
): Promise<Bundler> {
  const esbuild = loadPackage("esbuild");
  const context = await esbuild.context(buildOptions(config, options));
  return {
    build: () => finish(config, options, context.rebuild()),
    dispose: () => context.dispose(),
  };
}

/** A build that failed; the message has the file, the line and the code around it. */
export class BuildFailed extends CliError {}

type Output = BuildResult<{ write: false; metafile: true }>;

async function finish(
  config: WorkerConfig,
  options: BundleOptions,
  running: Promise<Output>,
): Promise<Bundle> {
  let result: Output;
  try {
    result = await running;
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = await format(error.errors, "error", options);
    throw new BuildFailed(`the build failed\n\n${messages.join("\n").trimEnd()}`);
  }
  const [output] = result.outputFiles;
  if (output === undefined)
    throw new BuildFailed(`the build made no output: main="${config.main}"`);
  return {
    code: output.text,
    inputs: inputPaths(config, Object.keys(result.metafile.inputs)),
    warnings: await format(result.warnings, "warning", options),
  };
}

function buildOptions(config: WorkerConfig, options: BundleOptions) {
  const nodeEnvironment = process.env.NODE_ENV ?? options.mode;
  return {
    absWorkingDir: config.directory,
    entryPoints: [config.main],
    outfile: join(options.outputDirectory, BUNDLE_NAME),
    write: false,
    metafile: true,
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    target: "es2024",
    loader: { ".js": "jsx", ".mjs": "jsx", ".cjs": "jsx" },
    keepNames: config.keepNames,
    minify: config.minify,
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
    alias: config.alias,
    define: {
      "navigator.userAgent": '"Cloudflare-Workers"',
      "process.env.NODE_ENV": JSON.stringify(nodeEnvironment),
      ...config.define,
    },
    ...(config.tsconfig === undefined ? {} : { tsconfig: config.tsconfig }),
    ...(config.jsxFactory === undefined ? {} : { jsxFactory: config.jsxFactory }),
    ...(config.jsxFragment === undefined ? {} : { jsxFragment: config.jsxFragment }),
    plugins: [workerModules(config)],
  } as const satisfies BuildOptions;
}

/** Inputs are written relative to the working directory, those of a plugin with its namespace. */
function inputPaths(config: WorkerConfig, names: string[]): string[] {
  return names
    .filter((name) => !/^steadfast-(required-builtin|workers):/.test(name))
    .map((name) => name.replace(/^steadfast-\w+:/, ""))
    .map((name) => resolve(config.directory, name));
}

async function format(
  messages: (Message | PartialMessage)[],
  kind: "error" | "warning",
  { color }: BundleOptions,
): Promise<string[]> {
  if (messages.length === 0) return [];
  const esbuild = loadPackage("esbuild");
  return esbuild.formatMessages(messages, { kind, color });
}

function isBuildFailure(error: unknown): error is { errors: Message[] } {
  return error instanceof Error && Array.isArray((error as { errors?: unknown }).errors);
}
