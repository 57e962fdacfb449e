import { createDurable, withDurables } from "itty-durable";
import { error, json, Router, withParams } from "itty-router";

/** A number for each name; what it has is stored after every call. */
export class Tally extends createDurable({ autoPersist: true, autoReturn: true }) {
  constructor(state, env) {
    super(state, env);
    this.total = 0;
  }

  add(amount) {
    this.total += amount;
  }

  isMore(than) {
    return this.total > than;
  }
}

const router = Router();

router
  .all("*", withDurables({ parse: true }), withParams)
  .get("/tallies/:name", ({ name, Tally }) => Tally.get(name).toJSON())
  .post("/tallies/:name/:amount", ({ name, amount, Tally }) => Tally.get(name).add(Number(amount)))
  .get("/tallies/:name/more/:than", ({ name, than, Tally }) => Tally.get(name).isMore(Number(than)))
  .delete("/tallies/:name", ({ name, Tally }) => Tally.get(name).destroy({ reset: true }))
  .all("*", () => error(404, "no such tally"));

export default {
  fetch: (request, env) => router.fetch(request, env).then(json).catch(error),
};
