/**
 * What PubMed finds for a query, by NCBI's E-utilities: the ids (esearch), then the records (efetch), whole files of which are kept in the graph's
 * folder, so that a stopped run fetches none twice.
 */
import { createHash } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import type { Document } from "../../corpora/document.ts";
import { readDocuments } from "../../corpora/literature/read.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { readOptionalJson } from "../../files/optional-json.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { EntrezClient, type EntrezSettings } from "./entrez.ts";
import type { MineEvent } from "./mine.ts";

/** Records of one request. */
const PAGE = 200;
/** Ids that esearch gives of one query. */
const MOST_IDS = 10_000;

export interface QuerySettings extends EntrezSettings {
  /** At most so many documents, the most recent first. Default: all; NCBI gives 10,000 at most of one query. */
  readonly limit?: number | undefined;
}

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
  const client = new EntrezClient(settings, (text) => onEvent?.({ type: "note", text }));
  const key = createHash("sha256")
    .update(JSON.stringify([query, settings.limit ?? 0]))
    .digest("hex")
    .slice(0, 16);
  const cache = join(folder, "queries", key);
  await mkdir(cache, { recursive: true });
  const ids = await idsOf(query, settings.limit, client, join(cache, "ids.json"), { signal, onEvent });
  const progress = progressEvents(onEvent);
  return (async function* () {
    for (let at = 0; at < ids.length; at += PAGE) {
      const page = ids.slice(at, at + PAGE);
      const name = createHash("sha256").update(page.join()).digest("hex").slice(0, 16);
      const path = join(cache, `${name}.xml`);
      if (!(await stat(path).catch(() => undefined))) {
        progress?.({ activity: "fetching from PubMed", done: at, total: ids.length, unit: "documents" });
        const xml = await client.records(page, signal);
        await writeFileAtomically(path, xml);
      }
      yield* readDocuments([path], { signal, onProblem: (error) => onEvent?.({ type: "problem", error }) });
    }
  })();
}

/** Kept beside the records while a run is unfinished, so that it goes on with the same ones. */
async function idsOf(
  query: string,
  limit: number | undefined,
  client: EntrezClient,
  path: string,
  { signal, onEvent }: WorkflowContext<MineEvent>,
): Promise<readonly string[]> {
  const kept = z
    .array(z.string())
    .safeParse(await readOptionalJson(path, () => new Error("broken")).catch(() => undefined));
  if (kept.success && Date.now() - (await stat(path)).mtimeMs < KEEP_IDS) return kept.data;
  const most = Math.min(limit ?? MOST_IDS, MOST_IDS);
  const fields = { db: "pubmed", term: query, retmode: "json", retmax: String(most), sort: "pub_date" };
  let found: z.infer<typeof searchSchema> | undefined;
  const isFound = (text: string): boolean => {
    const parsed = searchSchema.safeParse(jsonOf(text));
    found = parsed.data;
    return parsed.success;
  };
  await client.ask("esearch.fcgi", fields, isFound, signal);
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
