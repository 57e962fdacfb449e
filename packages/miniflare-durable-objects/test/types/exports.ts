// Compiled, never run: what this package exports can be used as what the original exports, and back.
//
// Classes with private names are compared by what can be seen of them: TypeScript takes two of these for
// different whatever their members are. Members that name other such classes are compared one by one.
import type * as original from "@miniflare/durable-objects";
import type * as ours from "../../src/index";

/** A type error unless values of `Given` can be used as `Wanted`. */
type Fits<Given extends Wanted, Wanted> = Given;
/** A type error unless each can be used as the other. */
type Same<A extends B, B extends A2, A2 = A> = [A, B];
/** What programs see of a class by name: no private names, no symbols. */
type Seen<Class, Without extends PropertyKey = never> = {
  [Name in keyof Class as Name extends string ? Exclude<Name, Without> : never]: Class[Name];
};
/** The names of a class that programs see. */
type Names<Class> = Extract<keyof Class, string>;

/** Every export of the original is one of ours. */
export type Exports = Fits<keyof typeof original, keyof typeof ours>;
export type AlarmKey = Same<typeof ours.ALARM_KEY, typeof original.ALARM_KEY>;

export type Alarm = Same<ours.DurableObjectAlarm, original.DurableObjectAlarm>;
export type AlarmBridge = Same<ours.DurableObjectAlarmBridge, original.DurableObjectAlarmBridge>;
export type ErrorCode = Same<ours.DurableObjectErrorCode, original.DurableObjectErrorCode>;
export type GetAlarm = Same<
  ours.DurableObjectGetAlarmOptions,
  original.DurableObjectGetAlarmOptions
>;
export type SetAlarm = Same<
  ours.DurableObjectSetAlarmOptions,
  original.DurableObjectSetAlarmOptions
>;
export type Get = Same<ours.DurableObjectGetOptions, original.DurableObjectGetOptions>;
export type Put = Same<ours.DurableObjectPutOptions, original.DurableObjectPutOptions>;
export type List = Same<ours.DurableObjectListOptions, original.DurableObjectListOptions>;
export type Operator = Same<ours.DurableObjectOperator, original.DurableObjectOperator>;
export type UniqueId = Same<ours.NewUniqueIdOptions, original.NewUniqueIdOptions>;
export type Objects = Same<
  ours.DurableObjectsObjectsOptions,
  original.DurableObjectsObjectsOptions
>;
/** Ours has one option more. */
export type Options = Same<
  Omit<ours.DurableObjectsOptions, "ignoreAlarms">,
  original.DurableObjectsOptions
>;
export type Instance = Same<ours.DurableObject, original.DurableObject>;
export type Environment = Same<
  ConstructorParameters<ours.DurableObjectConstructor>[1],
  ConstructorParameters<original.DurableObjectConstructor>[1]
>;

export type AlarmStore = Same<Seen<ours.AlarmStore>, Seen<original.AlarmStore>>;
export type Mutex = Same<Seen<ours.ReadWriteMutex>, Seen<original.ReadWriteMutex>>;
export type Shadow = Same<
  Seen<ours.ShadowStorage, MaybeUndefined>,
  Seen<original.ShadowStorage, MaybeUndefined>
>;
/** There or not: ours says so of the value, the original of the property. */
type MaybeUndefined = "readSet" | "alarm";
export type ShadowState = Same<
  { [Name in MaybeUndefined]: ours.ShadowStorage[Name] },
  { [Name in MaybeUndefined]-?: original.ShadowStorage[Name] | undefined }
>;
export type ErrorSeen = Same<Seen<ours.DurableObjectError>, Seen<original.DurableObjectError>>;
export type Transaction = Same<
  Seen<ours.DurableObjectTransaction>,
  Seen<original.DurableObjectTransaction>
>;
export type Storage = Same<
  Seen<ours.DurableObjectStorage, "transaction">,
  Seen<original.DurableObjectStorage, "transaction">
>;
export type Id = Same<
  Seen<ours.DurableObjectId, "equals">,
  Seen<original.DurableObjectId, "equals">
>;
export type Stub = Same<Seen<ours.DurableObjectStub, "id">, Seen<original.DurableObjectStub, "id">>;
export type State = Same<
  Seen<ours.DurableObjectState, "id" | "storage">,
  Seen<original.DurableObjectState, "id" | "storage">
>;
type GivingObjects = "getStorage" | "getObject" | "getInstance" | "getNamespace" | "getObjects";
export type Plugin = Same<
  Seen<ours.DurableObjectsPlugin, GivingObjects | "flushAlarms" | "ignoreAlarms">,
  Seen<original.DurableObjectsPlugin, GivingObjects | "flushAlarms">
>;

export type StorageNames = Same<
  Names<ours.DurableObjectStorage>,
  Names<original.DurableObjectStorage>
>;
export type NamespaceNames = Same<
  Names<ours.DurableObjectNamespace>,
  Names<original.DurableObjectNamespace>
>;
export type StateNames = Same<Names<ours.DurableObjectState>, Names<original.DurableObjectState>>;
export type IdNames = Same<Names<ours.DurableObjectId>, Names<original.DurableObjectId>>;
export type PluginNames = Same<
  Exclude<Names<ours.DurableObjectsPlugin>, "ignoreAlarms">,
  Names<original.DurableObjectsPlugin>
>;

export type NewId = Same<
  ConstructorParameters<typeof ours.DurableObjectId>,
  ConstructorParameters<typeof original.DurableObjectId>
>;
/** Ours takes an `AlarmStore` too. */
export type NewStorage = Fits<
  ConstructorParameters<typeof original.DurableObjectStorage>,
  ConstructorParameters<typeof ours.DurableObjectStorage>
>;
export type NewShadow = Same<
  ConstructorParameters<typeof ours.ShadowStorage>,
  ConstructorParameters<typeof original.ShadowStorage>
>;
export type NewPlugin = Same<
  ConstructorParameters<typeof ours.DurableObjectsPlugin>[0],
  ConstructorParameters<typeof original.DurableObjectsPlugin>[0]
>;

/** What is given and taken of each other is that of the same package. */
declare const namespace: ours.DurableObjectNamespace;
declare const storages: Parameters<original.DurableObjectsPlugin["getObject"]>[0];
declare const plugin: ours.DurableObjectsPlugin;
export const made: ours.DurableObjectId[] = [
  namespace.newUniqueId({ jurisdiction: "eu" }),
  namespace.idFromName("name"),
  namespace.jurisdiction("eu").idFromString(""),
  namespace.get(namespace.idFromName("name")).id,
  ...plugin.getObjects(storages, "NAME"),
];
export const state: Promise<ours.DurableObjectState> = plugin.getObject(
  storages,
  namespace.newUniqueId(),
);
export const found: ours.DurableObjectNamespace = plugin.getNamespace(storages, "NAME");
export const storage: ours.DurableObjectStorage = plugin.getStorage(
  storages,
  namespace.idFromName(""),
);
export const flushed: Promise<void> = plugin.flushAlarms(storages, made);
