/*
spec: 2.2 stub.fetch, the Worker's own errors
covers: What a client sees when the Worker throws, answers no Response, or lets an object's error through
tag: error
object: OBJ Obj
request: GET /throw
request: GET /string
request: GET /undefined
request: GET /through
request: GET /fine
*/
export class Obj {
  async fetch() {
    throw new Error("from the object");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const { pathname } = new URL(request.url);
    if (pathname === "/throw") throw new Error("from the worker");
    if (pathname === "/string") return "text";
    if (pathname === "/undefined") return undefined;
    if (pathname === "/through") return OBJ.getByName("a").fetch(request);
    return new Response("fine");
  },
};
