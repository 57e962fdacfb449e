/** Makes the service bindings of a Worker. */
import { SteadfastError } from "../errors.js";
import { Fetcher, MAKER } from "../rpc/fetcher.js";
import type { Target } from "../rpc/target.js";
import { AbsentTarget } from "./absent.js";
import type { Module, ServiceBinding } from "./definition.js";
import { isEntrypoint } from "./entrypoint.js";
import { copies, noProps } from "./exports.js";
import { Service } from "./service.js";
import { ServiceTarget } from "./target.js";

/** Puts the service bindings of `service` into its `env`. */
export function bindServices(service: Service, services: readonly Service[]): void {
  for (const binding of service.definition.services ?? []) {
    service.env[binding.binding] = new Fetcher(targetOf(service, services, binding), MAKER);
  }
}

function targetOf(
  { lane }: Service,
  services: readonly Service[],
  { service: given, entrypoint = "default", props }: ServiceBinding,
): Target {
  const called = typeof given === "function" ? functionService(lane, given) : find(services, given);
  if (called === undefined) return new AbsentTarget(lane, String(given));
  return new ServiceTarget({
    service: called,
    entrypoint,
    props: props === undefined ? noProps : copies(props),
  });
}

/** A Worker that is no more than a function. */
function functionService(lane: Service["lane"], fetch: (request: unknown) => unknown): Service {
  const answer = async (request: unknown): Promise<unknown> => {
    // It is none of the runtime: what it is told must be durable.
    await lane.outputGate(undefined);
    return fetch(request);
  };
  const module: Module = { default: { fetch: answer } };
  const service = new Service(lane, { module, name: "", durableObjects: [], vars: {} });
  service.start(module);
  return service;
}

/** Throws when a binding names something that its Worker does not export. */
export function checkEntrypoints(
  service: Service,
  services: readonly Service[],
  modules: ReadonlyMap<Service, Module>,
): void {
  for (const { binding, service: given, entrypoint } of service.definition.services ?? []) {
    const called = typeof given === "string" ? find(services, given) : undefined;
    if (entrypoint === undefined || called === undefined) continue;
    const module = modules.get(called) ?? {};
    if (isEntrypoint(entrypoint, module[entrypoint])) continue;
    throw new SteadfastError(
      "ERR_ENTRYPOINT_NOT_FOUND",
      missingEntrypoint(binding, called.name, entrypoint, module),
    );
  }
}

/** Tells which binding names what is not there, and what is. */
export function missingEntrypoint(
  binding: string,
  service: string,
  entrypoint: string,
  module: Module,
): string {
  const names = Object.entries(module).filter(([name, value]) => isEntrypoint(name, value));
  const exported = names.map(([name]) => name).join(", ");
  return (
    `the worker "${service}" does not export the entry point "${entrypoint}" that the binding "${binding}" names: ` +
    `it exports ${exported === "" ? "none" : exported}`
  );
}

function find(services: readonly Service[], name: string): Service | undefined {
  return services.find((each) => each.name === name);
}
