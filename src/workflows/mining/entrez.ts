/**
 * NCBI's E-utilities.
 *
 * Follows NCBI's usage guidelines: at most three requests a second, ten with a key, with a tool's name and an address. A server that is busy (429,
 * 5xx), or that answers with something else than was asked for, is asked again, later each time.
 */
import { setTimeout as delay } from "node:timers/promises";
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";

export interface EntrezSettings {
  /** Where the E-utilities are. Default NCBI's. */
  readonly baseUrl?: string | undefined;
  /** NCBI's key, which allows ten requests a second in place of three. */
  readonly apiKey?: string | undefined;
  /** Told to NCBI, so that it can write before it blocks. */
  readonly email?: string | undefined;
}

const NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/";
const TRIES = 6;
/** Bytes of an answer: 200 records have some megabytes. */
const MAX_ANSWER = 256 * 1024 * 1024;

const isRecords = (text: string): boolean =>
  /<PubmedArticleSet[\s>]/.test(text.slice(0, 4096)) && /<\/PubmedArticleSet>\s*$/.test(text);

export class EntrezClient {
  readonly #settings: EntrezSettings;
  readonly #note: (text: string) => void;
  #next = 0;

  /** @param note is told why something is asked again, and when */
  constructor(settings: EntrezSettings, note: (text: string) => void = () => {}) {
    this.#settings = settings;
    this.#note = note;
  }

  /** PubMed's XML of ids, at most 200; of those that are none it has nothing. @throws as `ask` */
  records(ids: readonly string[], signal?: AbortSignal): Promise<string> {
    return this.ask("efetch.fcgi", { db: "pubmed", retmode: "xml", id: ids.join() }, isRecords, signal);
  }

  /**
   * One answer.
   *
   * @param isGood whether the answer is what was asked for; else it is asked again
   * @throws BiogptError `mining/entrez`, `aborted`
   */
  async ask(
    tool: string,
    fields: Readonly<Record<string, string>>,
    isGood: (text: string) => boolean,
    signal?: AbortSignal,
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
      await wait(started - Date.now(), signal);
      let pause = 500 * 2 ** attempt;
      try {
        const timeout = AbortSignal.timeout(120_000);
        const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
        const response = await fetch(url, { method: "POST", body, signal: stop });
        const text = await textOf(response);
        if (response.ok && isGood(text)) return text;
        trouble = response.ok ? `it answers ${JSON.stringify(text.slice(0, 60))}` : `it answers ${response.status}`;
        if (!response.ok && response.status !== 429 && response.status < 500) break;
        pause = Math.max(pause, Math.min(60, Number(response.headers.get("retry-after") ?? 0) || 0) * 1000);
      } catch (error) {
        throwIfAborted(signal);
        const { cause, message } = error as Error;
        trouble = cause instanceof Error ? cause.message || message : message;
      }
      if (attempt === TRIES - 1) break;
      this.#note(`note: ${url.host}: ${trouble}; asked again in ${(pause / 1000).toFixed(1)} s`);
      await wait(pause, signal);
    }
    throw new BiogptError("mining/entrez", {
      what: `${url.origin}${url.pathname} does not give what was asked for: ${trouble}.`,
      fix: "Try again later: what was fetched is kept. With a key (NCBI_API_KEY) NCBI allows more.",
    });
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (milliseconds <= 0) return;
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {
    throw abortedError(signal);
  });
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
