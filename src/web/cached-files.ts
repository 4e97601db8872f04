/**
 * A model's files from a server, kept by the browser: fetched once, written to its cache as they come, and read from there as Blobs that lie on the disk.
 *
 * Where nothing can be kept (a private window, a full disk) the model runs all the same and is fetched again the next time.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import type { ModelBlob, ModelFiles } from "./model-files.ts";

/** What is used of the Cache API. */
export interface KeptResponses {
  match(address: string): Promise<Response | undefined>;
  put(address: string, response: Response): Promise<void>;
}

export interface FileToFetch {
  readonly name: string;
  /** Bytes, which the file must have. */
  readonly bytes: number;
}

export interface FetchFilesOptions {
  /** Where files are kept. Absent: nowhere. */
  readonly cache?: KeptResponses | undefined;
  /** Default: the global one. */
  readonly fetch?: ((address: string, init: { readonly signal?: AbortSignal }) => Promise<Response>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of all files; kept ones count as fetched. */
  readonly progress?: ReportProgress | undefined;
  /** Told once where the files cannot be kept. */
  readonly onNotKept?: ((reason: string) => void) | undefined;
}

/** Several of a file are no more than this, whatever a server says. */
const MOST_BYTES = 4 * 2 ** 30;

/**
 * @param folder address of the folder, with its last slash
 * @throws BiogptError `web/fetch` where a file cannot be had or has another size, `web/file-too-large`, `aborted`
 */
export async function fetchModelFiles(
  folder: string,
  files: readonly FileToFetch[],
  { cache, fetch: get = fetch, signal, progress, onNotKept }: FetchFilesOptions = {},
): Promise<ModelFiles> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    progress?.({ activity: "fetching the model", done, total, unit: "bytes" });
  };
  let kept = cache;
  const found = new Map<string, ModelBlob>();
  for (const { name, bytes } of files) {
    throwIfAborted(signal);
    const address = `${folder}${name}`;
    if (bytes > MOST_BYTES) throw tooLarge(address, bytes);
    const there = await blobOf(await kept?.match(address).catch(() => undefined), bytes);
    if (there !== undefined) {
      count(bytes);
      found.set(name, there);
      continue;
    }
    const before = done;
    const fresh = async (): Promise<Response> => counted(await request(address, get, signal), bytes, count);
    if (kept !== undefined) {
      try {
        await kept.put(address, await fresh());
        const blob = await blobOf(await kept.match(address), bytes);
        if (blob === undefined) throw new Error("the browser has lost it again");
        found.set(name, blob);
        continue;
      } catch (error) {
        throwIfAborted(signal);
        if (error instanceof BiogptError) throw error;
        kept = undefined;
        done = before;
        onNotKept?.(error instanceof Error ? error.message : String(error));
      }
    }
    const blob = await (await fresh()).blob().catch((cause: unknown) => {
      throwIfAborted(signal);
      throw notFetched(address, "the connection broke off", cause);
    });
    if (blob.size !== bytes) throw notFetched(address, `it has ${blob.size} bytes, not ${bytes}`);
    found.set(name, blob);
  }
  return found;
}

async function blobOf(response: Response | undefined, bytes: number): Promise<Blob | undefined> {
  const blob = await response?.blob();
  return blob?.size === bytes ? blob : undefined;
}

async function request(
  address: string,
  get: NonNullable<FetchFilesOptions["fetch"]>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await get(address, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
    throwIfAborted(signal);
    throw notFetched(address, "the server cannot be reached", cause);
  });
  if (response.ok && response.body !== null) return response;
  throw notFetched(address, `the server answers ${response.status}`);
}

/** The same response, its bytes counted on their way; one with too many is broken off. */
function counted(response: Response, most: number, count: (bytes: number) => void): Response {
  let seen = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      seen += piece.length;
      if (seen > most) throw notFetched(response.url, `it has more than ${most} bytes`);
      count(piece.length);
      controller.enqueue(piece);
    },
  });
  const type = response.headers.get("content-type") ?? "application/octet-stream";
  return new Response(response.body!.pipeThrough(counter), { headers: { "content-type": type } });
}

function notFetched(address: string, why: string, cause?: unknown): BiogptError {
  return new BiogptError("web/fetch", {
    what: `${address} could not be fetched: ${why}.`,
    fix: "Check the connection and try again; what is there already is kept.",
    cause,
  });
}

function tooLarge(address: string, bytes: number): BiogptError {
  return new BiogptError("web/file-too-large", {
    what: `${address} is said to have ${bytes} bytes, more than ${MOST_BYTES}.`,
    why: "WebAssembly reaches 4 GiB.",
    fix: "Use a smaller model.",
  });
}
