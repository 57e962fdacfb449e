// One journal per path. Each request adds a row, and is answered with the row's number when that is on disk.
import { DurableObject } from "cloudflare:workers";

export class Journal extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    );
  }

  fetch() {
    const sql = "INSERT INTO entry (text) VALUES (?) RETURNING id";
    const { id } = this.ctx.storage.sql.exec(sql, "one line of a journal").one();
    return new Response(`${id}\n`);
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env.JOURNAL.getByName(pathname).fetch(request);
  },
};
