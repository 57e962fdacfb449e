/*
spec: 2.2 stub.fetch, the Worker's own answers
covers: A Worker that answers with a Response whose body was read
tag: error
request: GET /read
request: GET /fine
*/
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const response = new Response("body");
    if (pathname === "/read") await response.text();
    return response;
  },
};
