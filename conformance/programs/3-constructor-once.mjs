/*
spec: 3.1 construction, 3.2 module-level globals
covers: Constructor once per activation; memory is kept between events; globals are shared by all objects
object: OBJ Obj
request: GET /a
request: GET /a
request: GET /b
together: GET /c & GET /c & GET /c
request: GET /a
*/
let built = 0;

export class Obj {
  constructor() {
    this.number = ++built;
    this.events = 0;
  }
  fetch() {
    this.events++;
    return new Response(`activation ${this.number}, event ${this.events}, built ${built}\n`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const name = new URL(request.url).pathname;
    const answer = await (await OBJ.getByName(name).fetch(request)).text();
    return new Response(name === "/c" ? answer.replace(/event \d/, "event n") : answer);
  },
};
