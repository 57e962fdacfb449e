// The least a Worker can do: no object, no storage.
export default {
  fetch() {
    return new Response("hello\n");
  },
};
