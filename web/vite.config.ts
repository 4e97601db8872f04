/**
 * The page: built into dist/page, from where `biogpt serve` gives it. Nothing is loaded from elsewhere; RDKit's WebAssembly, which is larger than all
 * the rest, the server gives from where the package lies.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

const NO_NODE = fileURLToPath(new URL("src/molecules/no-node.ts", import.meta.url));

const rdkit = dirname(createRequire(import.meta.url).resolve("@rdkit/rdkit"));
const { version } = JSON.parse(readFileSync(join(rdkit, "../package.json"), "utf8")) as { version: string };

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  worker: { format: "es" },
  resolve: { alias: { "node:fs": NO_NODE, "node:crypto": NO_NODE } },
  define: { RDKIT_VERSION: JSON.stringify(version) },
  build: {
    outDir: fileURLToPath(new URL("../dist/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
  },
});

export default config;
