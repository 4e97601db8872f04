/** `biogpt serve`: the models over HTTP, and a page to look at them. */
import type { ServeOptions } from "../../server/serve-options.ts";
import type { CommandModule } from "../define.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { noEffect } from "../no-effect.ts";
import { addOptions, choice, count, type FlagsOf, flag, list, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const { dtype, device, threads, offline, moses, normalize, contextLength } = MODEL_OPTIONS;
const OPTIONS = {
  model: list("name|folder", "models to serve, the usual one first (default: the embedded ones)"),
  ...{ dtype, device, threads, offline, moses, normalize, contextLength },
  host: text("address", "address to listen on; one that others reach needs --api-key-file", "127.0.0.1"),
  port: count("n", "port to listen on; 0 takes a free one", { max: 65_535 }, 8080),
  apiKeyFile: text("file", "hashes of keys that clients must send, sha256:HEX NAME a line"),
  graph: text("folder", "knowledge graph of `biogpt mine` to be asked and looked at"),
  runs: text("folder", "folder with trainings, whose loss curves the page shows"),
  allowNetwork: flag("let /pubmed/{ids} fetch articles; NCBI_API_KEY and NCBI_EMAIL are told to NCBI"),
  baseUrl: text("url", "with --allow-network: where the E-utilities are (default: NCBI's)"),
  dataDir: text("folder", "where jobs are kept (default: there are none)"),
  sequences: count("n", "sequences that a model decodes at once", { min: 1, max: 1024 }, 16),
  queue: count("n", "requests that wait for a model before others are told to come again", { max: 100_000 }, 64),
  cacheMemory: count("MB", "memory for keys and values of all models together (default: half of what is free)", {
    min: 1,
  }),
  timeout: count("seconds", "longest time of a request", { min: 1, max: 86_400 }, 600),
  logLevel: choice("level", "least that is logged", ["debug", "info", "warn", "error"], "info"),
  drain: count("seconds", "time that open requests have to end after SIGTERM", { max: 86_400 }, 30),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const serveCommand: CommandModule = {
  examples: [
    "biogpt serve --port 8080 --data-dir jobs",
    "biogpt serve --graph kg",
    "biogpt serve --model microsoft/biogpt --dtype q8 --threads 8",
  ],
  register(program, terminal) {
    addOptions(program.command("serve"), OPTIONS)
      .summary("serve the models over HTTP, with a page to look at them")
      .description(
        "Listens until Ctrl-C or SIGTERM. Speaks OpenAI's API (/v1/completions, /v1/chat/completions, /v1/embeddings, /v1/models)\n" +
          "and its own (/v1/relations, /v1/entities, /v1/classify, /v1/answer, /v1/graph, /v1/jobs, /openapi.json). Log lines are JSON, on standard error.",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

function networkOf({ allowNetwork, baseUrl }: Flags): ServeOptions["network"] {
  if (allowNetwork === true) return { baseUrl, apiKey: process.env["NCBI_API_KEY"], email: process.env["NCBI_EMAIL"] };
  if (baseUrl === undefined) return undefined;
  throw noEffect("--base-url without --allow-network has no effect.", "Leave it out, or give both.");
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { serve } = await import("../../server/serve.ts");
  const { host, port, apiKeyFile, sequences, queue, timeout, drain, cacheMemory, logLevel } = flags;
  const server = await serve(
    {
      ...{ host, port, apiKeyFile, sequences, timeout, drain, logLevel },
      models: flags.model,
      mostWaiting: queue,
      cacheMemory: cacheMemory === undefined ? undefined : 1e6 * cacheMemory,
      graphFolder: flags.graph,
      runsFolder: flags.runs,
      network: networkOf(flags),
      dataFolder: flags.dataDir,
      load: loadSettings(flags),
      log: (line) => terminal.note(line.trimEnd()),
    },
    terminal.signal,
  );
  await terminal.writeLine(server.url);
  server.ready.catch(() => void server.close());
  await server.closed;
  await server.ready; // what a model failed with is what the command failed with
}
