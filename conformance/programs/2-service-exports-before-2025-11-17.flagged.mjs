/*
date: 2025-11-16
flag: enable_ctx_exports
*/
export default {
  fetch(_request, _env, ctx) {
    return Response.json([typeof ctx.exports, Object.keys(ctx.exports)]);
  },
};
