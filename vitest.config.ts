import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: process.env.BIOGPT_FULL_TESTS ? [] : ["**/*.full.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks", // native sessions and their threads live in a process of their own
    maxWorkers: 2,
    globalSetup: ["test/build-once.ts"],
  },
});

export default config;
