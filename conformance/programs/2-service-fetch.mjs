/*
spec: service bindings
covers: A service binding answers fetch with another Worker's default export; its own vars; its errors; a Worker bound to itself
service: GREETER greeter
service: SELF self
request: POST /hello?x=1 {"body": "body", "headers": {"x": "1"}}
request: GET /self
request: GET /throws
request: GET /redirect
request: GET /shape
*/
import { Journal } from "./observe.mjs";

export default {
  async fetch(request, { GREETER, SELF }) {
    const { pathname } = new URL(request.url);
    const log = new Journal();
    if (pathname === "/inner") return new Response("itself");
    if (pathname === "/self") return SELF.fetch("http://self/inner");
    if (pathname === "/throws") {
      await log.try("throws", () => GREETER.fetch("http://greeter/throws"));
      await log.try("relative", () => GREETER.fetch("/relative"));
      return log.response();
    }
    if (pathname === "/redirect") {
      for (const redirect of ["follow", "manual"]) {
        const answer = await GREETER.fetch("http://greeter/redirect", { redirect });
        log.note(redirect, answer.status, answer.redirected, await answer.text());
      }
      return log.response();
    }
    if (pathname === "/shape") {
      log.note("binding", typeof GREETER, Object.keys(GREETER), typeof GREETER.fetch);
      return log.response();
    }
    return GREETER.fetch(request);
  },
};
