/**
 * What we ask of the Hugging Face hub, over `fetch`: the files of a revision, the facts of a file, and its bytes.
 *
 * Follows huggingface_hub (src/huggingface_hub/file_download.py, utils/_http.py). The token goes to the endpoint alone: the
 * hub redirects large files to other hosts, which have no business with it. Proxies by environment are left out, since
 * Node 20's fetch knows none; a mirror can be named by HF_ENDPOINT.
 */
import { setTimeout as delay } from "node:timers/promises";
import { abortedError } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { type HubSettings, isCommit, safeParts } from "./hub-cache.ts";

/** The largest of our models has 6.3 GB in one file; a server that says more than this has lost its mind. */
const MAX_FILE_BYTES = 200e9;
/** A list of files; the largest repositories of models have some thousands. */
const MAX_LIST_BYTES = 20_000_000;
const MAX_FILES = 20_000;
const MAX_REDIRECTS = 5;

export interface HubContext {
  readonly settings: HubSettings;
  readonly signal?: AbortSignal | undefined;
  readonly retry: RetryOptions;
}

export interface RetryOptions {
  /** Tries without any progress before giving up. Default 5. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled each time. Default 1000. */
  readonly firstDelay: number;
  /** Longest wait, also when a server asks for more, in milliseconds. Default 60,000. */
  readonly longestDelay: number;
  /** Milliseconds without an answer or a byte after which a try is given up. Default 30,000. */
  readonly stall: number;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 5, firstDelay: 1000, longestDelay: 60_000, stall: 30_000 };

export interface HubRevision {
  readonly commit: string;
  readonly files: readonly string[];
}

export interface HubFile {
  readonly name: string;
  /** Names the blob; SHA-256 of a large file, Git's SHA-1 of a small one. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** The commit that a branch, tag or commit name stands for, and its files. */
export async function fetchRevision(context: HubContext, name: string, revision: string): Promise<HubRevision> {
  const address = `${context.settings.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}`;
  const body = await withRetries(context, async () => {
    using request = await hubRequest(context, address, { method: "GET" });
    requireOk(request.response, context, `${name} at ${revision}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of request.body()) {
      bytes += chunk.length;
      if (bytes > MAX_LIST_BYTES) throw badAnswer(address, `a list of more than ${MAX_LIST_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  });
  let answer: { sha?: unknown; siblings?: unknown };
  try {
    answer = JSON.parse(body) as typeof answer;
  } catch {
    throw badAnswer(address, `no JSON but ${JSON.stringify(body.slice(0, 60))}`);
  }
  if (typeof answer?.sha !== "string" || !isCommit(answer.sha)) throw badAnswer(address, "no commit");
  if (!Array.isArray(answer.siblings) || answer.siblings.length > MAX_FILES)
    throw badAnswer(address, "no list of files");
  const files = answer.siblings.map((sibling: { rfilename?: unknown } | null) => {
    if (typeof sibling?.rfilename !== "string") throw badAnswer(address, "a file without a name");
    return sibling.rfilename;
  });
  return { commit: answer.sha, files };
}

export function fileAddress({ settings }: HubContext, name: string, commit: string, file: string): string {
  return `${settings.endpoint}/${name}/resolve/${commit}/${safeParts(file).map(encodeURIComponent).join("/")}`;
}

/** Size and checksum of a file, from the headers that the hub sends before it redirects to where the bytes are. */
export async function fetchFileFacts(
  context: HubContext,
  name: string,
  commit: string,
  file: string,
): Promise<HubFile> {
  const address = fileAddress(context, name, commit, file);
  return withRetries(context, async () => {
    using request = await hubRequest(context, address, { method: "HEAD", factsOnly: true });
    const { response } = request;
    if (response.status < 300 || response.status >= 400) requireOk(response, context, `${file} of ${name}`);
    const etag = (response.headers.get("x-linked-etag") ?? response.headers.get("etag") ?? "")
      .replace(/^W\//, "")
      .replaceAll('"', "");
    const size = Number(response.headers.get("x-linked-size") ?? response.headers.get("content-length") ?? "x");
    if (!/^[\w-]{1,128}$/.test(etag)) throw badAnswer(address, `no checksum (ETag) of ${file}`);
    if (!Number.isSafeInteger(size) || size < 0) throw badAnswer(address, `no size of ${file}`);
    if (size > MAX_FILE_BYTES) {
      throw new BiogptError("pretrained/too-large", {
        what: `${file} of ${name} has ${size} bytes; at most ${MAX_FILE_BYTES} are fetched.`,
        fix: "Fetch that file by other means and name the folder.",
      });
    }
    return { name: file, etag, size };
  });
}

/**
 * A hub that has not answered yet gets less patience: where the network is gone, or a firewall swallows what is sent, that is said within half a
 * minute and not after three.
 */
const FIRST_CONTACT = { attempts: 2, stall: 10_000 };
const answered = new WeakSet<HubContext>();

function patience(context: HubContext): Pick<RetryOptions, "attempts" | "stall"> {
  const { attempts, stall } = context.retry;
  if (answered.has(context)) return { attempts, stall };
  return { attempts: Math.min(attempts, FIRST_CONTACT.attempts), stall: Math.min(stall, FIRST_CONTACT.stall) };
}

export interface HubRequest extends Disposable {
  readonly response: Response;
  /** The bytes; ends with an error when none come for `retry.stall` milliseconds. */
  body(): AsyncIterable<Uint8Array>;
}

export interface RequestDetails {
  readonly method: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** Stop at the redirect that names the checksum or leads to another host: what comes after it are the bytes. */
  readonly factsOnly?: boolean;
}

/** One request with its redirects. Failures that may pass are thrown as `PassingFailure`. */
export async function hubRequest(context: HubContext, address: string, details: RequestDetails): Promise<HubRequest> {
  const { settings, signal } = context;
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) throw abortedError(signal);
  signal?.addEventListener("abort", onAbort, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const awaitByte = (): void => {
    clearTimeout(timer);
    const { stall } = patience(context);
    timer = setTimeout(() => controller.abort(new Error(`nothing came for ${stall} ms`)), stall);
  };
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    controller.abort(); // frees the connection if the body was not read to its end
  };
  const explain = (error: unknown): unknown =>
    signal?.aborted
      ? abortedError(signal)
      : error instanceof BiogptError
        ? error
        : new PassingFailure(networkReason(error));
  async function* body(response: Response): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    try {
      awaitByte();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer); // the reader may take its time
        yield chunk;
        awaitByte();
      }
      clearTimeout(timer);
    } catch (error) {
      throw explain(error);
    }
  }
  try {
    const endpoint = new URL(settings.endpoint);
    let target = new URL(address);
    for (let redirects = 0; ; redirects++) {
      awaitByte();
      const response = await fetch(target, {
        method: details.method,
        redirect: "manual",
        signal: controller.signal,
        headers: {
          "user-agent": "biogpt",
          "accept-encoding": "identity", // sizes and ranges are those of the file, not of its compressed form
          ...details.headers,
          ...(settings.token !== undefined && target.origin === endpoint.origin
            ? { authorization: `Bearer ${settings.token}` }
            : {}),
        },
      });
      clearTimeout(timer);
      answered.add(context);
      const location = response.headers.get("location");
      const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
      const next = isRedirect ? new URL(location, target) : undefined;
      const isFacts = details.factsOnly && (next?.origin !== endpoint.origin || response.headers.has("x-linked-etag"));
      if (next === undefined || isFacts) {
        return { response, body: () => body(response), [Symbol.dispose]: end };
      }
      if (redirects === MAX_REDIRECTS) throw badAnswer(address, `more than ${MAX_REDIRECTS} redirects`);
      if (!/^https?:$/.test(next.protocol) || (target.protocol === "https:" && next.protocol === "http:")) {
        throw badAnswer(address, `a redirect to ${next.protocol}//${next.host}, which is not safe`);
      }
      await response.body?.cancel();
      target = next;
    }
  } catch (error) {
    end();
    throw explain(error);
  }
}

/** A failure that another try may not meet: a broken connection, an overloaded server. */
export class PassingFailure extends Error {
  /** Milliseconds that the server asked to wait. */
  readonly waitFor: number | undefined;
  constructor(message: string, waitFor?: number) {
    super(message);
    this.waitFor = waitFor;
  }
}

/**
 * Tries again after passing failures, waiting longer each time, until `attempts` tries in a row brought nothing.
 *
 * @param progressed whether the last try got somewhere, which starts the count again
 */
export async function withRetries<T>(
  context: HubContext,
  attempt: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  const { retry, settings, signal } = context;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (progressed()) failures = 1;
      if (failures >= patience(context).attempts) throw noNetwork(settings.endpoint, failures, error);
      const wait = Math.min(retry.longestDelay, Math.max(error.waitFor ?? 0, retry.firstDelay * 2 ** (failures - 1)));
      await delay(wait * (0.75 + Math.random() / 2), undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw abortedError(signal);
      });
    }
  }
}

/** @throws PassingFailure for 408, 429 and 5xx; BiogptError for what will not pass */
export function requireOk(response: Response, { settings }: HubContext, what: string): void {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return;
  const says = headers.get("x-error-message") ?? `HTTP ${status}`;
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = Number(headers.get("retry-after") ?? "");
    throw new PassingFailure(`the server answered ${says}`, Number.isFinite(seconds) ? seconds * 1000 : undefined);
  }
  if (status === 401 || status === 403) {
    const isGated = headers.get("x-error-code") === "GatedRepo";
    throw new BiogptError(isGated ? "pretrained/gated" : "pretrained/unauthorized", {
      what: `${settings.endpoint} does not give ${what}: ${says}.`,
      why: isGated
        ? "Its owner asks you to accept terms first."
        : settings.token === undefined
          ? "It is private, or it does not exist; no token was sent."
          : "It is private, or it does not exist, or the token may not read it.",
      fix: isGated
        ? "Accept them on its page, then set HF_TOKEN."
        : "Check the name; for a private model set HF_TOKEN.",
    });
  }
  if (status === 404) {
    throw new BiogptError("pretrained/not-found", {
      what: `${settings.endpoint} has no ${what}.`,
      ...(headers.has("x-error-code") ? { why: `It says ${headers.get("x-error-code")}: ${says}.` } : {}),
      fix: "Check the name and the revision.",
      kind: "not-found",
    });
  }
  throw badAnswer(settings.endpoint, `${says} for ${what}`);
}

export function badAnswer(address: string, what: string): BiogptError {
  return new BiogptError("pretrained/bad-answer", {
    what: `${address} answered with ${what}.`,
    why: "That is not how the Hugging Face hub answers.",
    fix: "Check HF_ENDPOINT, and whether a proxy or login page stands in between.",
    kind: "unavailable",
  });
}

function noNetwork(endpoint: string, attempts: number, cause: PassingFailure): BiogptError {
  return new BiogptError("pretrained/no-network", {
    what: `${endpoint} could not be reached in ${attempts} tries: ${cause.message}.`,
    fix: "Check the network, or name a mirror with HF_ENDPOINT. Run it again later: it goes on where it stopped. Models that came with this package need no network.",
    kind: "unavailable",
    cause,
  });
}

function networkReason(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
}
