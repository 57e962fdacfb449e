module.exports = {
  testEnvironment: "miniflare",
  testEnvironmentOptions: {
    scriptPath: "worker.mjs",
    modules: true,
    durableObjects: { COUNTER: "Counter" },
  },
  testMatch: ["<rootDir>/jest/*.spec.cjs"],
  transform: {},
};
