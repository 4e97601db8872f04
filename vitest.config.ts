import { defineConfig, type ViteUserConfigFn } from "vitest/config";

/** Files that measure their process's memory, which others would have filled: each has one of its own, and nothing is set up in it. */
const ALONE = [
  "src/corpora/literature/pubmed/pubmed-xml.test.ts",
  "src/runtime/native/*-memory.test.ts",
  "src/runtime/native/native-device.test.ts",
  "src/tokenizers/moses-bpe/biogpt-tokenizer.test.ts",
  "test/bench/private-memory.test.ts",
];

/** `--mode full` adds the tests that take minutes (`*.full.test.ts`). */
const config: ViteUserConfigFn = defineConfig(({ mode }) => {
  const full = mode === "full" ? [] : ["**/*.full.test.ts"];
  return {
    test: {
      testTimeout: 180_000,
      hookTimeout: 240_000,
      pool: "forks", // native sessions and their threads live in a process of their own
      maxWorkers: 2,
      env: { OMP_NUM_THREADS: "1" }, // for each worker and what it starts: threads of two would wait for each other
      globalSetup: ["test/build-once.ts"],
      projects: [
        {
          extends: true,
          test: {
            name: "shared",
            include: ["src/**/*.test.ts", "test/**/*.test.ts"],
            exclude: [...full, ...ALONE],
            setupFiles: ["test/each-file.ts"],
            isolate: false, // a worker imports the sources once, not once a file: a fifth of the time
          },
        },
        { extends: true, test: { name: "alone", include: ALONE, exclude: full } },
      ],
    },
  };
});

export default config;
