/*
spec: 3.1 globals, 4.1
covers: Requests of the Worker itself run side by side; no gate holds them
object: OBJ Obj
together: GET /1 & GET /2 & GET /3 & GET /4
request: GET /seen
*/
import { pause } from "./observe.mjs";

let inside = 0;
let most = 0;

export class Obj {}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json(most > 1);
    most = Math.max(most, ++inside);
    await pause(40);
    inside--;
    return new Response(pathname);
  },
};
