/*
spec: 8.1 exec
covers: Texts without a statement, and what may stand around one
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const texts = [
      "",
      " ",
      "\n",
      ";",
      ";;",
      "-- a comment",
      "/* a comment */",
      "/* open",
      "select 1;",
      "select 1; ",
      "select 1;\n\n",
      "select 1;;",
      "select 1; ;",
      "select 1; -- x",
      "select 1; /* x */",
      "select 1 -- x",
      "select 1 /* x */",
      "select 1 /* open",
      "-- x\nselect 1",
      "/* x */ select 1",
      "; select 1",
      "select 1; -- x\nselect 2",
      "select 1;;select 2",
      "select 1\0; select 2",
      "\0select 1",
      "select 1;\0",
    ];
    for (const text of texts)
      log.attempt(JSON.stringify(text), () => sql.exec(text).raw().toArray());
    log.attempt("with a binding", () => sql.exec("", 1));
    log.attempt("comment with a binding", () => sql.exec("-- x", 1));
    return log.response();
  }
}

export default toObject("OBJ");
