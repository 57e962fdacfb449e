/*
spec: 7.4
covers: The error of a turn that leaves deferred constraints violated, with its flags; who gets it
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  start() {
    this.ctx.storage.sql.exec(
      "create table p (id primary key); create table c (p references p deferrable initially deferred)",
    );
  }
  violated() {
    this.ctx.storage.sql.exec("insert into c values (5)");
  }
}

export default asking("OBJ", ["start", "violated"]);
