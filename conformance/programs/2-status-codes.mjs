/*
spec: 2.2 stub.fetch, the response that comes back
covers: Status codes with and without a body, to the caller and to the client; HEAD; status text
object: OBJ Obj
request: GET /200
request: GET /201
request: GET /204
request: GET /205
request: GET /304
request: GET /404
request: GET /500
request: HEAD /200
request: HEAD /404
tag: error
*/
export class Obj {
  async fetch(request) {
    const status = Number(new URL(request.url).pathname.slice(1));
    const empty = [204, 205, 304].includes(status);
    return new Response(empty ? null : `status ${status}`, {
      status,
      headers: { "x-status": String(status) },
    });
  }
}

export default {
  async fetch(request, { OBJ }) {
    const response = await OBJ.getByName("a").fetch(request);
    const again = new Response(response.body, response);
    again.headers.set(
      "x-seen",
      `${response.status} ${response.statusText} ${response.body === null}`,
    );
    return again;
  },
};
