/**
 * The static page in which the embedded models run: built into dist/site, to be put on any web server. Nothing is loaded from elsewhere.
 *
 *     models/NAME/…    the embedded models' files; models.json lists them with their bytes
 *     ort/…            ONNX Runtime's WebAssembly module, as onnxruntime-web has it
 *     shell.json       everything else, which the service worker keeps for working without a network
 */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OUT = join(ROOT, "dist/site");
const MODELS = ["biogpt-mini", "biogpt-mini-reader"];
/** What a model is run with; the rest of its folder is for people. */
const MODEL_FILE = /\.(?:json|safetensors)$|^merges\.txt$/;
const ORT_FILES = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

function siteFiles(): Plugin {
  return {
    name: "site-files",
    closeBundle() {
      const hash = createHash("sha256");
      const models = MODELS.map((name) => {
        const folder = join(ROOT, "models", name);
        const files = readdirSync(folder).filter((file) => MODEL_FILE.test(file));
        mkdirSync(join(OUT, "models", name), { recursive: true });
        for (const file of files) {
          cpSync(join(folder, file), join(OUT, "models", name, file));
          hash.update(file).update(readFileSync(join(folder, file)));
        }
        const sizes = files.map((file) => ({ name: file, bytes: statSync(join(folder, file)).size }));
        return { name, folder: `models/${name}/`, files: sizes };
      });
      writeFileSync(join(OUT, "models.json"), JSON.stringify({ version: hash.digest("hex").slice(0, 16), models }));
      const ort = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"));
      mkdirSync(join(OUT, "ort"), { recursive: true });
      for (const file of ORT_FILES) cpSync(join(ort, file), join(OUT, "ort", file));
      const shell = readdirSync(OUT, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(OUT.length + 1))
        .filter((path) => !path.startsWith("models/") && path !== "service-worker.js")
        .sort();
      writeFileSync(join(OUT, "shell.json"), JSON.stringify(["./", ...shell]));
    },
  };
}

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  worker: { format: "es" },
  plugins: [siteFiles()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: {
      input: {
        index: fileURLToPath(new URL("index.html", import.meta.url)),
        "service-worker": fileURLToPath(new URL("src/service-worker.ts", import.meta.url)),
      },
      output: {
        entryFileNames: ({ name }) => (name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});

export default config;
