const common = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/support/strip-types.cjs" },
  // Without sdks/, where each package is there twice: as source, and built.
  roots: ["components", "infra", "pipeline", "policies", "release", "sandbox", "stacks", "test"].map(
    (dir) => `<rootDir>/${dir}`,
  ),
  modulePathIgnorePatterns: ["<rootDir>/.sandbox/", "<rootDir>/test/fixtures/"],
};

/** @type {import("jest").Config} */
export default {
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: [
        "<rootDir>/test/{domain,config,infra,components,pipeline,policies,golden,release,sandbox,workflows,docs}/**/*.test.ts",
      ],
    },
    {
      ...common,
      displayName: "engine",
      testMatch: ["<rootDir>/test/engine/**/*.test.ts"],
      globalSetup: "<rootDir>/test/engine/setup.ts",
      globalTeardown: "<rootDir>/test/engine/teardown.ts",
    },
    {
      ...common,
      displayName: "cluster",
      testMatch: ["<rootDir>/test/cluster/**/*.test.ts"],
      globalSetup: "<rootDir>/test/cluster/setup.ts",
      globalTeardown: "<rootDir>/test/cluster/teardown.ts",
    },
  ],
  testSequencer: "<rootDir>/test/support/sequencer.cjs",
  testTimeout: 30000,
};
