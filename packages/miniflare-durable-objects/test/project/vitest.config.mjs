import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "miniflare",
    environmentOptions: {
      scriptPath: "worker.mjs",
      modules: true,
      durableObjects: { COUNTER: "Counter" },
    },
    include: ["vitest/*.spec.mjs"],
  },
});
