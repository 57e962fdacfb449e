/**
 * Cron expressions as Cloudflare reads them: five fields in UTC, days of the week from 1 for Sunday.
 *
 * Minutes, hours, days and months are lists of numbers, ranges, steps and `*`; months and days of the
 * week have names; a day can be the last (`L`), so many before it (`L-3`), or the weekday nearest one
 * (`15W`, `LW`); a day of the week can be the last of the month (`6L`) or its nth (`6#2`). When both
 * kinds of days are restricted, either will do. Pure.
 */

/** What a day of a month is asked. */
interface Day {
  /** From 1. */
  readonly date: number;
  readonly dates: number;
  /** From 0 for Sunday. */
  readonly weekday: number;
}

type DayRule = (day: Day) => boolean;

/** A schedule that was understood. */
export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly isDay: DayRule;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const SATURDAY = 6;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** February 29 comes at least this often. */
const DAYS_MAX = 8 * 366;

/** Reads a cron expression. Throws a `TypeError` that names it and the field that is wrong. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) throw wrong(text, "it has five fields");
  const [minute, hour, date, month, weekday] = fields as [string, string, string, string, string];
  const cron = {
    minutes: numbers(text, minute, { name: "minute", min: 0, max: 59 }),
    hours: numbers(text, hour, { name: "hour", min: 0, max: 23 }),
    months: numbers(text, month, { name: "month", min: 1, max: 12, names: MONTHS }),
  };
  const byDate = rules(date, (part) => dateRule(text, part));
  const byWeekday = rules(weekday, (part) => weekdayRule(text, part));
  const isDay: DayRule =
    date === "*" || weekday === "*"
      ? (day) => byDate(day) && byWeekday(day)
      : (day) => byDate(day) || byWeekday(day);
  return { ...cron, isDay };
}

/** The first time after `afterMs` that the schedule names; `undefined` when there is none. */
export function nextTime(cron: Cron, afterMs: number): number | undefined {
  const first = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const midnight = Math.floor(first / DAY_MS) * DAY_MS;
  for (let day = 0; day < DAYS_MAX; day++) {
    const start = midnight + day * DAY_MS;
    if (!isOnDay(cron, new Date(start))) continue;
    for (let time = Math.max(first, start); time < start + DAY_MS; time += MINUTE_MS) {
      const minute = (time - start) / MINUTE_MS;
      if (cron.hours.has(Math.floor(minute / 60)) && cron.minutes.has(minute % 60)) return time;
    }
  }
  return undefined;
}

function isOnDay(cron: Cron, date: Date): boolean {
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  return cron.isDay({
    date: date.getUTCDate(),
    dates: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
    weekday: date.getUTCDay(),
  });
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

function numbers(text: string, given: string, field: Field): ReadonlySet<number> {
  const result = new Set<number>();
  for (const part of given.split(",")) {
    const [, range = "", step] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from, to] = rangeOf(text, range, step !== undefined, field);
    const by = step === undefined ? 1 : Number(step);
    if (by === 0 || from > to) throw wrong(text, `the ${field.name} "${part}" names nothing`);
    for (let each = from; each <= to; each += by) result.add(each);
  }
  return result;
}

function rangeOf(
  text: string,
  range: string,
  isStepped: boolean,
  field: Field,
): [from: number, to: number] {
  if (range === "*") return [field.min, field.max];
  const [first = "", last, ...rest] = range.split("-");
  if (rest.length > 0) throw wrong(text, `the ${field.name} "${range}" is no range`);
  const from = number(text, first, field);
  if (last !== undefined) return [from, number(text, last, field)];
  return [from, isStepped ? field.max : from];
}

function number(text: string, given: string, { name, min, max, names = [] }: Field): number {
  const named = names.indexOf(given.toUpperCase());
  const value = named < 0 ? Number(given) : named + min;
  if ((named >= 0 || /^\d+$/.test(given)) && value >= min && value <= max) return value;
  throw wrong(text, `a ${name} is ${min} to ${max}, not "${given}"`);
}

function rules(given: string, rule: (part: string) => DayRule): DayRule {
  const each = given.split(",").map(rule);
  return (day) => each.some((holds) => holds(day));
}

const DATE: Field = { name: "day", min: 1, max: 31 };
const WEEKDAY: Field = { name: "day of the week", min: 1, max: 7, names: WEEKDAYS };

function dateRule(text: string, part: string): DayRule {
  const last = /^L(?:-(\d+))?$/i.exec(part);
  if (last) return ({ date, dates }) => date === dates - Number(last[1] ?? 0);
  if (/^LW$/i.test(part)) return (day) => day.date === nearestWeekday(day, day.dates);
  const near = /^(\d+)W$/i.exec(part);
  if (near) {
    const wanted = number(text, near[1] as string, DATE);
    return (day) => wanted <= day.dates && day.date === nearestWeekday(day, wanted);
  }
  const dates = numbers(text, part, DATE);
  return ({ date }) => dates.has(date);
}

/** The date of the weekday nearest `wanted` in the month of `day`. */
function nearestWeekday({ date, dates, weekday }: Day, wanted: number): number {
  const on = (((weekday + wanted - date) % 7) + 7) % 7;
  if (on === SATURDAY) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (on === 0) return wanted < dates ? wanted + 1 : wanted - 2;
  return wanted;
}

function weekdayRule(text: string, part: string): DayRule {
  const [, given = "", sign, nth] = /^([^L#]+)(L|#(\d))$/i.exec(part) ?? [];
  if (sign !== undefined) {
    const wanted = number(text, given, WEEKDAY) - 1;
    if (nth === undefined) {
      return ({ date, dates, weekday }) => weekday === wanted && date > dates - 7;
    }
    if (Number(nth) < 1 || Number(nth) > 5) throw wrong(text, `no month has "${part}"`);
    return ({ date, weekday }) => weekday === wanted && Math.ceil(date / 7) === Number(nth);
  }
  const weekdays = numbers(text, /^L$/i.test(part) ? "7" : part, WEEKDAY);
  return ({ weekday }) => weekdays.has(weekday + 1);
}

function wrong(text: string, why: string): TypeError {
  return new TypeError(`this is no cron expression: ${why}: cron="${text}"`);
}
