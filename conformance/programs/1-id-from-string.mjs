/*
spec: 1.1 idFromString
covers: One flipped bit in either half is rejected; an id of another namespace is rejected
covers: idFromString(...).name is undefined; both error texts
object: OBJ Obj key=mykey
object: OTHER Other key=otherkey
*/
import { Journal } from "./observe.mjs";

export class Obj {}
export class Other {}

const VALID = "3652ef6221834806dc8df802d1d216e27b7d07e0a6b7adf6cfdaeec90f06459a";

function flip(hex, digit, bit) {
  const flipped = (parseInt(hex[digit], 16) ^ (1 << bit)).toString(16);
  return hex.slice(0, digit) + flipped + hex.slice(digit + 1);
}

export default {
  async fetch(request, { OBJ, OTHER }) {
    const log = new Journal();
    const read = (label, text) => log.try(label, () => OBJ.idFromString(text).toString());
    await read("valid", VALID);
    await read("upper case", VALID.toUpperCase());
    await read("mixed case", VALID.slice(0, 32).toUpperCase() + VALID.slice(32));
    await log.try("name", () => OBJ.idFromString(VALID).name);
    for (const digit of [0, 1, 31, 32, 33, 63])
      await read(`flipped ${digit}`, flip(VALID, digit, digit % 4));
    await read("empty", "");
    await read("63 digits", VALID.slice(1));
    await read("65 digits", `${VALID}0`);
    await read("66 digits", `${VALID}00`);
    await read("not hex", `g${VALID.slice(1)}`);
    await read("not hex at the end", `${VALID.slice(0, 63)}z`);
    await read("with a space", ` ${VALID.slice(1)}`);
    await read("0x", `0x${VALID.slice(2)}`);
    await read("full-width digit", `\uff13${VALID.slice(1)}`);
    await read("number", 5);
    await log.try("undefined", () => OBJ.idFromString(undefined));
    await log.try("nothing", () => OBJ.idFromString());
    await log.try("an id", () => OBJ.idFromString(OBJ.idFromName("name")).toString());
    await log.try("other namespace", () => OBJ.idFromString(OTHER.idFromName("name").toString()));
    await log.try("other namespace, unique", () =>
      OBJ.idFromString(OTHER.newUniqueId().toString()),
    );
    return log.response();
  },
};
