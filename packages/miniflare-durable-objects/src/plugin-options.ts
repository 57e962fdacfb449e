/** How Miniflare reads the options of {@link DurableObjectsPlugin}: on the command line and in wrangler.toml. */
import { Option, type OptionMetadata, OptionType } from "@miniflare/shared";
import {
  type DurableObjectsObjectsOptions,
  type DurableObjectsOptions,
  DurableObjectsPlugin,
} from "./plugin";

declareOption("durableObjects", {
  type: OptionType.OBJECT,
  typeFormat: "NAME=CLASS[@MOUNT]",
  name: "do",
  alias: "o",
  description: "Durable Object to bind",
  fromEntries: (entries) => {
    return Object.fromEntries(entries.map(([name, value]) => [name, objectOfArgument(value)]));
  },
  fromWrangler: ({ durable_objects }) => {
    const entries = durable_objects?.bindings?.map((binding) => {
      return [binding.name, { className: binding.class_name, scriptName: binding.script_name }];
    });
    return entries && Object.fromEntries(entries);
  },
});
declareOption("durableObjectsPersist", {
  type: OptionType.BOOLEAN_STRING,
  name: "do-persist",
  description: "Persist Durable Object data (to optional path)",
  logName: "Durable Objects Persistence",
  fromWrangler: ({ miniflare }) => miniflare?.durable_objects_persist,
});
declareOption("durableObjectsAlarms", {
  type: OptionType.BOOLEAN,
  name: "do-alarms",
  description: "Enable Durable Object alarms (enabled by default)",
  negatable: true,
  logName: "Durable Object Alarms",
  fromWrangler: ({ miniflare }) => miniflare?.durable_objects_alarms,
});
// For programs alone: the command line has --no-do-alarms.
declareOption("ignoreAlarms", { type: OptionType.NONE });

/** `Option` is a decorator, which needs no syntax of its own to be applied. */
function declareOption(key: keyof DurableObjectsOptions, metadata: OptionMetadata): void {
  Option(metadata)(DurableObjectsPlugin.prototype, key);
}

/** `CLASS`, or `CLASS@MOUNT`. */
function objectOfArgument(value: string): DurableObjectsObjectsOptions[string] {
  const at = value.lastIndexOf("@");
  if (at === -1) return value;
  return { className: value.slice(0, at), scriptName: value.slice(at + 1) };
}
