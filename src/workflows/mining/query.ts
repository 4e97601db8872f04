/**
 * What PubMed finds for a query, by NCBI's E-utilities: the ids (esearch), then the records (efetch), whole files of which are kept in the graph's
 * folder, so that a stopped run fetches none twice.
 *
 * Follows NCBI's usage guidelines: at most three requests a second, ten with a key, one at a time, with a tool's name and an address. A server that
 * is busy (429, 5xx), or that answers with something else than XML, is asked again, later each time.
 */
import { createHash } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Document } from "../../corpora/document.ts";
import { readDocuments } from "../../corpora/literature/read.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { readOptionalJson } from "../../files/optional-json.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { MineEvent } from "./mine.ts";

export interface QuerySettings {
  /** Where the E-utilities are. Default NCBI's. */
  readonly baseUrl?: string | undefined;
  /** NCBI's key, which allows ten requests a second in place of three. */
  readonly apiKey?: string | undefined;
  /** Told to NCBI, so that it can write before it blocks. */
  readonly email?: string | undefined;
  /** At most so many documents, the most recent first. Default: all; NCBI gives 10,000 at most of one query. */
  readonly limit?: number | undefined;
}

const NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/";
/** Records of one request. */
const PAGE = 200;
/** Ids that esearch gives of one query. */
const MOST_IDS = 10_000;
const TRIES = 6;
/** Bytes of an answer: 200 records have some megabytes. */
const MAX_ANSWER = 256 * 1024 * 1024;

const searchSchema = z.object({
  esearchresult: z.object({ count: z.string(), idlist: z.array(z.string().regex(/^\d{1,9}$/)) }),
});

/**
 * The documents of a query, fetched as they are read.
 *
 * @throws BiogptError `mining/query-empty`, `mining/entrez`, `aborted`
 */
export async function queryDocuments(
  query: string,
  { folder, ...settings }: QuerySettings & { readonly folder: string },
  { signal, onEvent }: WorkflowContext<MineEvent> = {},
): Promise<AsyncIterable<Document>> {
  const client = new EntrezClient(settings, signal);
  const key = createHash("sha256")
    .update(JSON.stringify([query, settings.limit ?? 0]))
    .digest("hex")
    .slice(0, 16);
  const cache = join(folder, "queries", key);
  await mkdir(cache, { recursive: true });
  const ids = await idsOf(query, settings.limit, client, join(cache, "ids.json"), onEvent);
  const progress = progressEvents(onEvent);
  return (async function* () {
    for (let at = 0; at < ids.length; at += PAGE) {
      const page = ids.slice(at, at + PAGE);
      const name = createHash("sha256").update(page.join()).digest("hex").slice(0, 16);
      const path = join(cache, `${name}.xml`);
      if (!(await stat(path).catch(() => undefined))) {
        progress?.({ activity: "fetching from PubMed", done: at, total: ids.length, unit: "documents" });
        const xml = await client.ask("efetch.fcgi", { db: "pubmed", retmode: "xml", id: page.join() }, isRecords);
        await writeFileAtomically(path, xml);
      }
      yield* readDocuments([path], { signal, onProblem: (error) => onEvent?.({ type: "problem", error }) });
    }
  })();
}

const isRecords = (text: string): boolean =>
  /<PubmedArticleSet[\s>]/.test(text.slice(0, 4096)) && /<\/PubmedArticleSet>\s*$/.test(text);

/** Kept beside the records while a run is unfinished, so that it goes on with the same ones. */
async function idsOf(
  query: string,
  limit: number | undefined,
  client: EntrezClient,
  path: string,
  onEvent: WorkflowContext<MineEvent>["onEvent"],
): Promise<readonly string[]> {
  const kept = z
    .array(z.string())
    .safeParse(await readOptionalJson(path, () => new Error("broken")).catch(() => undefined));
  if (kept.success && Date.now() - (await stat(path)).mtimeMs < KEEP_IDS) return kept.data;
  const most = Math.min(limit ?? MOST_IDS, MOST_IDS);
  const fields = { db: "pubmed", term: query, retmode: "json", retmax: String(most), sort: "pub_date" };
  let found: z.infer<typeof searchSchema> | undefined;
  await client.ask("esearch.fcgi", fields, (text) => {
    const parsed = searchSchema.safeParse(jsonOf(text));
    found = parsed.data;
    return parsed.success;
  });
  const { count, idlist } = found!.esearchresult;
  if (idlist.length === 0) {
    throw new BiogptError("mining/query-empty", {
      what: `PubMed finds nothing for ${JSON.stringify(query)}.`,
      fix: "Try the query at pubmed.ncbi.nlm.nih.gov, which explains how it reads it.",
    });
  }
  if (Number(count) > idlist.length) {
    const text = `note: PubMed finds ${count} articles; the ${idlist.length} most recent are taken${limit === undefined ? " (it gives no more of one query; cut it by years)" : ""}.`;
    onEvent?.({ type: "note", text });
  }
  await writeFileAtomically(path, JSON.stringify(idlist));
  return idlist;
}

/** A day, in milliseconds: an older list of ids is asked for anew. */
const KEEP_IDS = 24 * 3600 * 1000;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

class EntrezClient {
  readonly #settings: QuerySettings;
  readonly #signal: AbortSignal | undefined;
  #next = 0;

  constructor(settings: QuerySettings, signal: AbortSignal | undefined) {
    this.#settings = settings;
    this.#signal = signal;
  }

  /** @param isGood whether the answer is what was asked for; else it is asked again */
  async ask(
    tool: string,
    fields: Readonly<Record<string, string>>,
    isGood: (text: string) => boolean,
  ): Promise<string> {
    const { baseUrl = NCBI, apiKey, email } = this.#settings;
    const url = new URL(tool, baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`);
    const body = new URLSearchParams({
      ...fields,
      tool: "biogpt",
      ...(email === undefined ? {} : { email }),
      ...(apiKey === undefined ? {} : { api_key: apiKey }),
    });
    let trouble = "";
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const started = Math.max(this.#next, Date.now());
      this.#next = started + (apiKey === undefined ? 1000 / 3 : 1000 / 10);
      await this.#wait(started - Date.now());
      let pause = 500 * 2 ** attempt;
      try {
        const timeout = AbortSignal.timeout(120_000);
        const stop = this.#signal === undefined ? timeout : AbortSignal.any([this.#signal, timeout]);
        const response = await fetch(url, { method: "POST", body, signal: stop });
        const text = await textOf(response);
        if (response.ok && isGood(text)) return text;
        trouble = response.ok ? `it answers ${JSON.stringify(text.slice(0, 60))}` : `it answers ${response.status}`;
        if (!response.ok && response.status !== 429 && response.status < 500) break;
        pause = Math.max(pause, Math.min(60, Number(response.headers.get("retry-after") ?? 0) || 0) * 1000);
      } catch (error) {
        throwIfAborted(this.#signal);
        const { cause, message } = error as Error;
        trouble = cause instanceof Error ? cause.message || message : message;
      }
      if (attempt < TRIES - 1) await this.#wait(pause);
    }
    throw new BiogptError("mining/entrez", {
      what: `${url.origin}${url.pathname} does not give what was asked for: ${trouble}.`,
      fix: "Try again later: what was fetched is kept. With a key (NCBI_API_KEY) NCBI allows more.",
    });
  }

  async #wait(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) return;
    await delay(milliseconds, undefined, this.#signal === undefined ? {} : { signal: this.#signal }).catch(() => {
      throw abortedError(this.#signal);
    });
  }
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER) throw new Error(`it answers with more than ${MAX_ANSWER} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
