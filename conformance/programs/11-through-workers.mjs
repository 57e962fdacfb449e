/*
spec: 11.1 Response
covers: A handshake passed on by the Worker untouched, with other headers, through a service binding; messages over all of them
service: INNER inner
socket: a /direct
send: a one
receive: a
socket: b /service
send: b two
receive: b
close: b 4000 end
receive: b
socket: c /headers
send: c three
receive: c
*/
export default {
  async fetch(request, { INNER }) {
    const answer = await INNER.fetch(request);
    if (!request.url.endsWith("/headers")) return answer;
    return new Response(null, {
      status: 101,
      webSocket: answer.webSocket,
      headers: { "x-outer": "1" },
    });
  },
};
