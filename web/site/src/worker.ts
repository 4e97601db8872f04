/** The worker that runs the models: ONNX Runtime from the site's own folder, files kept in the Cache API. */
import { type MessageEnd, type OrtModuleFactory, serveModels } from "../../../src/web/index.ts";

const options = new URLSearchParams(self.location.hash.slice(1));
/** The page's address, its last slash included. */
const site = options.get("site")!;
const ort = `${site}ort/ort-wasm-simd-threaded`;

async function cacheOfVersion() {
  const name = `biogpt-models-${options.get("version")}`;
  for (const other of await caches.keys())
    if (other.startsWith("biogpt-models-") && other !== name) await caches.delete(other);
  return caches.open(name);
}

serveModels(self as unknown as MessageEnd, {
  factory: async () => ((await import(/* @vite-ignore */ `${ort}.mjs`)) as { default: OrtModuleFactory }).default,
  wasm: `${ort}.wasm`,
  threads: Number(options.get("threads")),
  // Only where the address is secure; the models then come anew with each visit.
  ...("caches" in self ? { cache: cacheOfVersion } : {}),
});
