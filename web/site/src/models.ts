/** The site's models: where they are, the worker that runs them, and each opened when it is first asked for. */
import type { Progress } from "../../../src/base/progress.ts";
import type { ModelPlace } from "../../../src/web/worker.ts";
import { WorkerModels, type WorkerReader, type WorkerWriter } from "../../../src/web/worker-models.ts";
import workerAddress from "./worker.ts?worker&url";

/** Where the page lies, its last slash included. */
const SITE = new URL("./", location.href.replace(/[?#].*$/, "")).href;
/** More of them than this make a small model no faster. */
const MOST_THREADS = 4;
const WRITER = "biogpt-mini";
const READER = "biogpt-mini-reader";

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export interface Site {
  readonly threads: number;
  openWriter(options: OpenOptions): Promise<WorkerWriter>;
  openReader(options: OpenOptions): Promise<WorkerReader>;
}

/** Threads that this page may use, or that its address asks for (`?threads=2`). */
function threadsOf(): number {
  if (!crossOriginIsolated) return 1;
  const asked = Number(new URLSearchParams(location.search).get("threads"));
  return Math.min(MOST_THREADS, asked >= 1 ? asked : navigator.hardwareConcurrency);
}

/** @param onFailure told when the worker dies: what is shown then stays as it is */
export async function openSite(onFailure: (why: string) => void): Promise<Site> {
  if (typeof WebAssembly !== "object") throw new Error("This browser has no WebAssembly, or has it switched off.");
  const response = await fetch(`${SITE}models.json`).catch(() => undefined);
  if (!response?.ok) {
    const why = response === undefined ? "the server cannot be reached" : `the server answers ${response.status}`;
    throw new Error(`The list of models could not be fetched: ${why}.`);
  }
  const { version, models: places } = (await response.json()) as { version: string; models: readonly ModelPlace[] };
  const threads = threadsOf();
  const settings = new URLSearchParams({ site: SITE, version, threads: String(threads) });
  const worker = new Worker(`${new URL(workerAddress, SITE).href}#${settings}`, { type: "module" });
  const models = new WorkerModels(worker);
  worker.addEventListener("error", ({ message }) => {
    models.fail(message);
    onFailure(message);
  });
  const place = (name: string): ModelPlace => {
    const { folder, files } = places.find((one) => one.name === name)!;
    return { name, folder: `${SITE}${folder}`, files };
  };
  return {
    threads,
    openWriter: (options) => models.openWriter(place(WRITER), options),
    openReader: (options) => models.openReader(place(READER), options),
  };
}
