/*
spec: 11.1
covers: A socket that the Worker itself accepts, without an object; a handshake that is refused; headers of the 101; sub-protocols
socket: a /plain
send: a hello
receive: a
close: a 1000
receive: a
socket: b /protocol {"protocols": ["chat", "other"]}
send: b hello
receive: b
socket: c /headers {"headers": {"x-mine": "given"}}
receive: c
socket: d /refused
request: GET /plain
request: GET /refused
*/
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.headers.get("upgrade") !== "websocket")
      return new Response("no handshake", { status: 426 });
    if (pathname === "/refused")
      return new Response("not here", { status: 403, headers: { why: "because" } });
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", ({ data }) =>
      server.send(`${data} ${server.protocol} ${server.url}`),
    );
    const headers = new Headers();
    if (pathname === "/protocol") headers.set("sec-websocket-protocol", "chat");
    if (pathname === "/headers") {
      headers.set("x-answer", "of the worker");
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      server.send(request.headers.get("x-mine"));
    }
    return new Response(null, { status: 101, webSocket: client, headers });
  },
};
