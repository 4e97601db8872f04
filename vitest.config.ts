import { defineConfig, type ViteUserConfigFn } from "vitest/config";

/** `--mode full` adds the tests that take minutes (`*.full.test.ts`). */
const config: ViteUserConfigFn = defineConfig(({ mode }) => ({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: mode === "full" ? [] : ["**/*.full.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: "forks", // native sessions and their threads live in a process of their own
    maxWorkers: 2,
    env: { OMP_NUM_THREADS: "1" }, // for each worker and what it starts: threads of two would wait for each other
    globalSetup: ["test/build-once.ts"],
  },
}));

export default config;
