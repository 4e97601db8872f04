/** Starts the server, and ends it: what `biogpt serve` does. */
import { once, setMaxListeners } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import pino, { type Logger } from "pino";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { Turnstile } from "../base/turnstile.ts";
import { returnFreedMemory } from "../runtime/native/freed-memory.ts";
import { EntrezClient } from "../workflows/mining/entrez.ts";
import { VERSION } from "../workflows/version.ts";
import { readApiKeys } from "./api-keys.ts";
import { createApp, type OpenRequests } from "./app.ts";
import { type HeldFolder, holdFolder } from "./jobs/data-lock.ts";
import { JobRunner } from "./jobs/job-runner.ts";
import { jobWork } from "./jobs/job-work.ts";
import { Metrics } from "./metrics.ts";
import type { Route } from "./route.ts";
import { annotateRoutes } from "./routes/annotate.ts";
import { chatRoutes } from "./routes/chat.ts";
import { completionRoutes } from "./routes/completions.ts";
import { graphRoutes } from "./routes/graph.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { miningRoutes } from "./routes/mining.ts";
import { modelRoutes } from "./routes/models.ts";
import { documentRoute, operationRoutes } from "./routes/operations.ts";
import { pubmedRoutes } from "./routes/pubmed.ts";
import { responseRoutes } from "./routes/responses.ts";
import { runRoutes } from "./routes/runs.ts";
import { RunFolders } from "./run-folders.ts";
import type { RunningServer, ServeOptions } from "./serve-options.ts";
import { ServedGraph } from "./served-graph.ts";
import { ServedModels } from "./served-models.ts";
import { Services } from "./services.ts";
import { keepHeapSteady } from "./steady-heap.ts";
import { readWebFiles } from "./web-files.ts";

const HOST = "127.0.0.1";
const PORT = 8080;
/** Largest body of a request that names no other limit, bytes. */
const MOST_BYTES = 4 << 20;
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
/** Milliseconds for a request's head and for all of it, so that slow senders hold no socket for ever. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
/** Longer than proxies keep a connection (60 s is usual), or they would send a request into one that is just being closed. */
const KEEP_ALIVE_TIMEOUT = 75_000;
const MOST_CONNECTIONS = 1024;
/** Milliseconds between two times that freed memory is given back. */
const TIDYING = 30_000;
/** Bytes of a request's head. */
const MOST_HEADER_BYTES = 16 << 10;

/**
 * Listens at once and loads the models then; a request that comes before its model waits for it.
 *
 * @param signal ends the server, after what is open has ended
 * @throws BiogptError `server/open-host`, `server/api-keys`, `server/port`, `server/model-twice`, `server/data-in-use`, those of
 *         `resolveModel` and `openGraph`, `aborted`
 */
export async function serve(options: ServeOptions = {}, signal?: AbortSignal): Promise<RunningServer> {
  expectSafe(options.host ?? HOST, options.apiKeyFile);
  throwIfAborted(signal);
  const { dataFolder } = options;
  const held = dataFolder === undefined ? undefined : await holdFolder(dataFolder);
  try {
    return await started(options, held, signal);
  } catch (error) {
    await held?.release();
    throw error;
  }
}

async function started(
  options: ServeOptions,
  held: HeldFolder | undefined,
  signal: AbortSignal | undefined,
): Promise<RunningServer> {
  const { host = HOST, port = PORT, timeout = 600, drain = 30, dataFolder } = options;
  const keys = options.apiKeyFile === undefined ? undefined : await readApiKeys(options.apiKeyFile);
  const log = logger(options);
  const models = await ServedModels.find(options, signal);
  const metrics = new Metrics(() => models.figures());
  const jobs = dataFolder === undefined ? undefined : await JobRunner.open(dataFolder, jobWork(models), log);
  const graph = await openedGraph(options.graphFolder, log, signal);
  const turnstile = new Turnstile();
  const services = new Services({ models, metrics, turnstile, jobs, graph });
  const web = await readWebFiles();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // one of every open request
  const open: OpenRequests = { count: 0 };
  let draining = false;
  const routes = allRoutes(services, options, () => draining);
  const app = createApp(
    {
      ...{ routes, metrics, log, keys, turnstile, mostBytes: MOST_BYTES, deadline: 1000 * timeout, stop: stop.signal },
      hosts: LOOPBACK.has(host) ? new Set([...LOOPBACK, "[::1]"]) : undefined,
      otherwise: (path, headers) => web.respond(path, headers),
    },
    open,
  );
  const server = await listening(app.fetch, port, host).catch((error: unknown) => {
    graph?.[Symbol.dispose]();
    throw error;
  });
  const { port: taken } = server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
  log.info({ url, models: models.names, jobs: jobs !== undefined, page: web.isThere }, "listening");

  const ready = models
    .load((model, milliseconds) => log.info({ model, milliseconds: Math.round(milliseconds) }, "model loaded"))
    .then(() => {
      log.info("ready");
      jobs?.start();
    });
  ready.catch((error: unknown) => log.error({ err: error }, "a model could not be loaded"));

  keepHeapSteady();
  const tidying = setInterval(() => {
    returnFreedMemory().catch((error: unknown) => log.warn({ err: error }, "freed memory could not be given back"));
  }, TIDYING);
  tidying.unref();

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      draining = true;
      clearInterval(tidying);
      log.info({ open: open.count }, "draining");
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const impatient = setTimeout(() => stop.abort(), 1000 * drain);
      await Promise.all([jobs?.drain(), untilNone(open)]);
      clearTimeout(impatient);
      server.closeAllConnections();
      await closed;
      await ready.catch(() => {});
      await models[Symbol.asyncDispose]();
      graph?.[Symbol.dispose]();
      await held?.release();
      log.info("ended");
    })();
    return closing;
  };
  const closed = once(server, "close").then(() => closing);
  signal?.addEventListener("abort", () => void close(), { once: true });
  return { url, ready, closed, close };
}

/** @throws BiogptError those of `openGraph` */
async function openedGraph(
  folder: string | undefined,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<ServedGraph | undefined> {
  if (folder === undefined) return undefined;
  const graph = await ServedGraph.open(folder, {
    signal,
    note: (text) => log.warn(text),
    progress: ({ activity }) => log.info(activity),
  });
  log.info({ graph: graph.name }, "graph opened");
  return graph;
}

/** @throws BiogptError `server/open-host`: whoever reaches the port could use the machine */
function expectSafe(host: string, apiKeyFile: string | undefined): void {
  if (LOOPBACK.has(host) || apiKeyFile !== undefined) return;
  throw new BiogptError("server/open-host", {
    what: `${host} can be reached from other machines, and no key is asked for.`,
    why: "Everyone on the network could use this machine and read its jobs.",
    fix: "Give --api-key-file, or listen on 127.0.0.1 behind a proxy.",
  });
}

function logger({ log: write, logLevel = "info" }: ServeOptions): Logger {
  if (write === undefined) return pino({ enabled: false });
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, level: logLevel }, { write });
}

function allRoutes(services: Services, options: ServeOptions, draining: () => boolean): readonly Route[] {
  const { jobs, graph } = services;
  const { network, runsFolder } = options;
  const has = (part: unknown): boolean => part !== undefined;
  const facts = { version: VERSION, network: has(network), jobs: has(jobs), graph: has(graph), runs: has(runsFolder) };
  const routes: Route[] = [
    ...completionRoutes(services),
    ...chatRoutes(services),
    ...responseRoutes(services),
    ...modelRoutes(services),
    ...miningRoutes(services),
    ...annotateRoutes(services),
    ...mcpRoutes(services, VERSION),
    ...pubmedRoutes(services, network === undefined ? undefined : new EntrezClient(network)),
    ...(graph === undefined ? [] : graphRoutes(graph)),
    ...(runsFolder === undefined ? [] : runRoutes(new RunFolders(runsFolder))),
    ...(jobs === undefined ? [] : jobRoutes(jobs)),
    ...operationRoutes(services, facts, draining),
  ];
  routes.push(documentRoute(() => routes, VERSION));
  return routes;
}

/** @throws BiogptError `server/port` */
async function listening(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
  host: string,
): Promise<Server> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      maxHeaderSize: MOST_HEADER_BYTES,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    },
  }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  const failed = new Promise<never>((_, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const busy = error.code === "EADDRINUSE";
      reject(
        new BiogptError("server/port", {
          what: `Port ${port} of ${host} cannot be listened on${busy ? ": another process has it" : ` (${error.code})`}.`,
          fix: "Take another one with --port; 0 takes a free one.",
          cause: error,
        }),
      );
    });
  });
  server.listen(port, host);
  await Promise.race([once(server, "listening"), failed]);
  return server;
}

/** Milliseconds between two looks at what is still open. */
const LOOK_EVERY = 20;

async function untilNone(open: OpenRequests): Promise<void> {
  while (open.count > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
}
