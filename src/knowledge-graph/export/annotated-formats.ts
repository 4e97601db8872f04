/** The documents with their mentions, concepts and relations, as BioC (XML and JSON) and PubTator. */
import { join } from "node:path";
import type { Document, PassageKind } from "../../corpora/document.ts";
import { BIOC_XML_END, biocJson, biocXml, biocXmlHead } from "../../corpora/literature/annotated/write-bioc.ts";
import { pubtatorText } from "../../corpora/literature/annotated/write-pubtator.ts";
import type { Database } from "../store/database.ts";
import type { ExportFilter } from "./rows.ts";
import { writeText } from "./text-file.ts";

export async function exportBioc(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "documents.xml"), async (output) => {
    await output.write(biocXmlHead("biogpt"));
    for await (const document of annotatedDocuments(graph, filter)) await output.write(biocXml(document));
    await output.write(BIOC_XML_END);
  });
  await writeText(join(folder, "documents.json"), async (output) => {
    let separator = '{"source":"biogpt","date":"","key":"biogpt","infons":{},"documents":[\n';
    for await (const document of annotatedDocuments(graph, filter)) {
      await output.write(`${separator}${JSON.stringify(biocJson(document))}`);
      separator = ",\n";
    }
    await output.write(separator === ",\n" ? "\n]}\n" : `${separator}]}\n`);
  });
}

export async function exportPubtator(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "documents.pubtator"), async (output) => {
    for await (const document of annotatedDocuments(graph, filter)) await output.write(pubtatorText(document));
  });
}

interface Annotated {
  readonly id: string;
  readonly pmid: string | null;
  readonly pmcid: string | null;
  readonly doi: string | null;
  readonly journal: string | null;
  readonly year: number | null;
  readonly publication_types: readonly string[];
  readonly passages: readonly { readonly kind: PassageKind; readonly label: string | null; readonly text: string }[];
  readonly marked:
    | readonly {
        readonly passage: number;
        readonly start: number;
        readonly end: number;
        readonly text: string;
        readonly type: string;
        readonly probability: number;
        readonly concepts: readonly string[];
      }[]
    | null;
  readonly related:
    | readonly {
        readonly type: string;
        readonly head: string;
        readonly tail: string;
        readonly head_mention: number | null;
        readonly tail_mention: number | null;
        readonly probability: number;
      }[]
    | null;
}

/** Documents by their ids; a relation that several sentences of a document state comes once, the most probable. Denied ones are left out. */
async function* annotatedDocuments(
  graph: Database,
  { threshold = 0, signal }: ExportFilter,
): AsyncGenerator<Document, void, void> {
  const rows = graph.stream<Annotated>(
    `WITH marked AS (
       SELECT document, list({'passage': passage, 'start': start, 'end': "end", 'text': text, 'type': type, 'probability': probability, 'concepts': concepts}
              ORDER BY mention) AS marked FROM mentions GROUP BY document),
     stated AS (
       SELECT * FROM evidence WHERE NOT negated AND probability >= $1
       QUALIFY row_number() OVER (PARTITION BY document, head, type, tail, scheme ORDER BY probability DESC, sentence) = 1),
     related AS (
       SELECT document, list({'type': type, 'head': head, 'tail': tail, 'head_mention': head_mention, 'tail_mention': tail_mention, 'probability': probability}
              ORDER BY head, type, tail, scheme) AS related FROM stated GROUP BY document)
     SELECT id, pmid, pmcid, doi, journal, year, publication_types, passages, marked, related
     FROM documents LEFT JOIN marked m ON m.document = id LEFT JOIN related r ON r.document = id ORDER BY id`,
    [threshold],
    signal,
  );
  for await (const piece of rows) for (const row of piece) yield documentOf(row);
}

function documentOf(row: Annotated): Document {
  const said = { pmid: row.pmid, pmcid: row.pmcid, doi: row.doi, journal: row.journal, year: row.year };
  const citation = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  const related = row.related ?? [];
  const ends = new Set(related.flatMap(({ head, tail }) => [head, tail]));
  const types = row.publication_types.length === 0 ? {} : { publicationTypes: row.publication_types };
  return {
    id: row.id,
    source: "",
    passages: row.passages.map(({ kind, label, text }) => ({ kind, text, ...(label === null ? {} : { label }) })),
    citation: { ...citation, ...types },
    mentions: (row.marked ?? []).map(({ concepts, ...mention }) => ({
      ...mention,
      // Names that stand for themselves have none, unless a relation is of them: PubTator's relations know their names by identifiers alone.
      identifiers: concepts.filter((id) => !id.startsWith("name:") || ends.has(id)),
    })),
    relations: related.map(({ type, head, tail, head_mention: h, tail_mention: t, probability }) => ({
      type,
      head: { identifier: head, ...(h === null ? {} : { mention: h }) },
      tail: { identifier: tail, ...(t === null ? {} : { mention: t }) },
      probability,
    })),
  };
}
