/*
spec: 3.5 facets
covers: The id of a facet: the parent's by default, an id or a string when given
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  about() {
    const { id } = this.ctx;
    return [
      typeof id,
      typeof id === "string" ? id : [id.name, id.toString().length, id.constructor.name],
    ];
  }
}

export class Obj extends DurableObject {
  async run() {
    const log = new Journal();
    const { OBJ } = this.env;
    const ids = {
      default: undefined,
      string: "some string",
      "empty string": "",
      named: OBJ.idFromName("other"),
      unique: OBJ.newUniqueId(),
      number: 5,
      null: null,
      object: {},
    };
    for (const [name, id] of Object.entries(ids)) {
      await log.try(name, () => {
        const options = { class: this.ctx.exports.Child };
        if (name !== "default") options.id = id;
        return this.ctx.facets.get(name, () => options).about();
      });
    }
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
