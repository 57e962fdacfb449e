/*
var: GREETING Hello
*/
export default {
  async fetch(request, { GREETING }, ctx) {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/throws") throw Object.assign(new RangeError("thrown"), { own: 1 });
    if (pathname === "/redirect") return Response.redirect("http://elsewhere/target");
    if (pathname === "/target") return new Response(`target of ${request.url}`);
    const x = request.headers.get("x");
    return new Response(
      `${GREETING} ${request.method} ${pathname}${search} ${x} ${await request.text()}`,
      {
        status: 201,
        headers: { props: JSON.stringify(ctx.props) },
      },
    );
  },
};
