/** The Workers of one command: what their configurations say of each other. */
import { CliError } from "../error.js";
import { shownPath } from "../terminal.js";
import { readWorkerConfig, type WorkerConfig } from "./worker.js";

/** Where configurations are looked for. */
export interface ConfigPlaces {
  /** The directory of the project. */
  directory: string;
  /** The configuration files; none is the one in the project. */
  configs: readonly string[];
  /** The `env.<name>` section to use of each. */
  environment: string | undefined;
}

/** Reads the configurations, the first Worker first. Throws a `CliError` that lists what is wrong. */
export async function readWorkerConfigs({
  directory,
  configs: files,
  environment,
}: ConfigPlaces): Promise<[WorkerConfig, ...WorkerConfig[]]> {
  const [first, ...others] = files;
  const configs: [WorkerConfig, ...WorkerConfig[]] = [
    await readWorkerConfig(directory, first, environment),
  ];
  for (const file of others) configs.push(await readWorkerConfig(directory, file, environment));
  for (const config of configs) {
    const same = configs.find((each) => each !== config && each.name === config.name);
    if (same !== undefined) {
      const paths = [config, same].map(({ path }) => shownPath(path)).join(", ");
      throw new CliError(`two Workers have one name: name="${config.name}" files="${paths}"`);
    }
  }
  return configs.map((config) => ({
    ...config,
    warnings: [...config.warnings, ...absentWorkers(config, configs)],
  })) as [WorkerConfig, ...WorkerConfig[]];
}

/** What is bound and does not run. */
function absentWorkers(config: WorkerConfig, configs: readonly WorkerConfig[]): string[] {
  const runs = (name: string): boolean => configs.some((each) => each.name === name);
  const services = config.services
    .filter(({ service }) => !runs(service))
    .map(({ binding, service }) => `binding="${binding}" service="${service}"`);
  const objects = config.durableObjects
    .filter(({ scriptName }) => scriptName !== undefined && !runs(scriptName))
    .map(({ binding, scriptName }) => `binding="${binding}" script_name="${scriptName}"`);
  const name = shownPath(config.path);
  return [...services, ...objects].map(
    (what) =>
      `${name}: the Worker does not run here, so that requests to it are answered with 503; ` +
      `give its configuration with another -c: ${what}`,
  );
}
