// A script that is mounted beside the Worker: its class is bound there too.
export class Greeter {
  constructor(state) {
    this.storage = state.storage;
  }

  async fetch(request) {
    const greeted = ((await this.storage.get("greeted")) ?? 0) + 1;
    await this.storage.put("greeted", greeted);
    return new Response(JSON.stringify({ greeted, path: new URL(request.url).pathname }));
  }
}

export default {
  fetch: () => new Response("the mounted script itself"),
};
