import type { StorageListOptions, StoredMeta } from "@miniflare/shared";
import type { SortedNames } from "./listing";
import { compareNames } from "./order";

/**
 * A map that knows its names in order, from the first list on, so that a list costs what it finds and not
 * what is stored.
 */
export class OrderedMap<Entry extends StoredMeta> extends Map<string, Entry> {
  /** In order; `undefined` as long as nobody has asked. */
  #names: string[] | undefined;
  /** Names that are not in order yet, and those that are gone and still there. */
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  /** Names of entries that expire one day. */
  readonly #expiring = new Set<string>();

  override set(name: string, entry: Entry): this {
    const { size } = this;
    super.set(name, entry);
    if (this.#names !== undefined && this.size !== size && !this.#removed.delete(name)) {
      this.#added.add(name);
    }
    if (entry.expiration !== undefined) this.#expiring.add(name);
    else if (this.#expiring.size > 0) this.#expiring.delete(name);
    return this;
  }

  override delete(name: string): boolean {
    if (!super.delete(name)) return false;
    if (this.#names !== undefined && !this.#added.delete(name)) this.#removed.add(name);
    this.#expiring.delete(name);
    return true;
  }

  override clear(): void {
    super.clear();
    this.#names = undefined;
    this.#added.clear();
    this.#removed.clear();
    this.#expiring.clear();
  }

  /** The names of entries that expire one day. */
  get expiring(): ReadonlySet<string> {
    return this.#expiring;
  }

  /**
   * The names that pass the filter of a list, in its order. `undefined` where the order of bytes does not tell
   * them: half a surrogate pair reads like another half, and is also how a name with the whole pair begins.
   */
  select(options: StorageListOptions): SortedNames | undefined {
    const { prefix = "", excludePrefix, start, end, reverse } = options;
    if (HALF_PAIR.test(prefix) || HALF_PAIR.test(excludePrefix ?? "")) return undefined;
    const names = this.#settle();
    if (names === undefined) return undefined;
    let [from, to] = startingWith(names, prefix);
    if (start !== undefined) from = Math.max(from, placeOf(names, start));
    if (end !== undefined) to = Math.min(to, placeOf(names, end));
    const gap = excludePrefix === undefined ? [to, to] : startingWith(names, excludePrefix);
    const within = (place: number) => Math.min(Math.max(place, from), to);
    const gapFrom = within(gap[0] as number);
    return new Selection(names, from, to, gapFrom, within(gap[1] as number), reverse === true);
  }

  /** Brings the names up to date. `undefined` when the bytes of two may be the same. */
  #settle(): string[] | undefined {
    if (this.#names === undefined) {
      const names = [...this.keys()];
      if (names.some((name) => HALF_PAIR.test(name))) return undefined;
      this.#names = names.sort(compareNames);
      return this.#names;
    }
    for (const name of this.#added) {
      if (!HALF_PAIR.test(name)) continue;
      this.#names = undefined;
      this.#added.clear();
      this.#removed.clear();
      return undefined;
    }
    this.#names =
      this.#added.size + this.#removed.size > FEW ? this.#merge(this.#names) : this.#names;
    for (const name of this.#removed) this.#names.splice(placeOf(this.#names, name), 1);
    for (const name of this.#added) this.#names.splice(placeOf(this.#names, name), 0, name);
    this.#added.clear();
    this.#removed.clear();
    return this.#names;
  }

  /** Many changes at once: a sort of two runs that are sorted already. */
  #merge(names: string[]): string[] {
    const kept = names.filter((name) => !this.#removed.has(name));
    const added = [...this.#added].sort(compareNames);
    this.#removed.clear();
    this.#added.clear();
    return kept.concat(added).sort(compareNames);
  }
}

/** A stretch of sorted names with a gap in it, seen from either end. */
class Selection implements SortedNames {
  readonly length: number;
  readonly #names: string[];
  readonly #from: number;
  readonly #to: number;
  readonly #gapFrom: number;
  readonly #gap: number;
  readonly #reverse: boolean;

  constructor(
    names: string[],
    from: number,
    to: number,
    gapFrom: number,
    gapTo: number,
    reverse: boolean,
  ) {
    this.#names = names;
    this.#from = from;
    this.#to = to;
    this.#gapFrom = gapFrom;
    this.#gap = gapTo - gapFrom;
    this.#reverse = reverse;
    this.length = Math.max(to - from - this.#gap, 0);
  }

  at(place: number): string | undefined {
    const forward = this.#reverse ? this.length - 1 - place : place;
    const index = this.#from + forward;
    return this.#names[index < this.#gapFrom ? index : index + this.#gap];
  }

  indexOf(name: string): number {
    const index = placeOf(this.#names, name);
    if (index < this.#from || index >= this.#to || this.#names[index] !== name) return -1;
    if (index >= this.#gapFrom && index < this.#gapFrom + this.#gap) return -1;
    const forward = index - this.#from - (index < this.#gapFrom ? 0 : this.#gap);
    return this.#reverse ? this.length - 1 - forward : forward;
  }
}

/** The first place whose name is not before `name`. */
function placeOf(names: string[], name: string): number {
  return firstPlace(names, 0, (other) => compareNames(other, name) >= 0);
}

/** The places from and to which names begin with `prefix`. */
function startingWith(names: string[], prefix: string): [from: number, to: number] {
  const from = placeOf(names, prefix);
  return [from, firstPlace(names, from, (name) => !name.startsWith(prefix))];
}

/** The first place from `low` on of which `is` holds, which then holds of all that follow. */
function firstPlace(names: string[], low: number, is: (name: string) => boolean): number {
  let [first, end] = [low, names.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (is(names[middle] as string)) end = middle;
    else first = middle + 1;
  }
  return first;
}

/** Matches half a surrogate pair that stands alone. */
const HALF_PAIR = /\p{Surrogate}/u;

/** So many changes are made one by one. */
const FEW = 32;
