/**
 * PubMed XML: baseline and update files, efetch answers, MEDLINE's older sets; a stream of documents in flat memory.
 *
 * record-cutter.ts cuts the container into records; a record becomes a small tree by the scanner of xml-record.ts,
 * or by saxes where it holds anything unusual; pubmed-record.ts makes the document. Follows the PubMed DTD of 2019 to
 * 2025 and the MEDLINE sets of 2014. Leaves out what a `Citation` has no field for (affiliations, grants, references);
 * those parts are skipped unread. JATS full text is another format.
 */
import { throwIfAborted } from "../../../base/cancellation.ts";
import { BiogptError } from "../../../base/errors.ts";
import { decodeUtf8 } from "../../../files/bytes.ts";
import type { Document } from "../../document.ts";
import type { ReaderInput, Revision } from "../reader.ts";
import { parseRecord, parseRecordBySaxes, type XmlElement } from "../xml-record.ts";
import { deletedPmids, documentFromRecord } from "./pubmed-record.ts";
import { RecordCutter, type RecordFrame } from "./record-cutter.ts";

export { MAX_RECORD_BYTES } from "./record-cutter.ts";

export interface PubmedXmlOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each PMID that an update file withdraws. */
  readonly onDeletion?: ((pmid: string, source: string) => void) | undefined;
  /** Takes the error of a bad record; what it does not throw is skipped. Default: throws. */
  readonly problem?: ((error: BiogptError) => void) | undefined;
  /** `saxes` reads every record by the slow, general parser: the twin that tests hold the fast one against. Default `fast`. */
  readonly parser?: "fast" | "saxes";
}

/**
 * Records behind a bad one are read where `problem` returns.
 *
 * @throws BiogptError `corpora/xml…`, `corpora/utf-8`, naming the byte of the (decompressed) content
 */
export async function* readPubmedXml(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { signal, onDeletion, parser = "fast", problem = rethrow }: PubmedXmlOptions = {},
): AsyncGenerator<Document, void> {
  const parse = parser === "fast" ? parseRecord : parseRecordBySaxes;
  const cutter = new RecordCutter(path);
  for await (const frame of cutRecords(chunks, cutter, { signal, problem })) {
    let record: XmlElement;
    try {
      record = parse(decodeUtf8(frame.bytes, path, frame.offset), path, frame.offset);
    } catch (error) {
      if (!(error instanceof BiogptError)) throw error;
      problem(error);
      cutter.backInto(frame);
      continue;
    }
    if (record.name === "DeleteCitation") {
      for (const pmid of deletedPmids(record)) onDeletion?.(pmid, path);
    } else {
      yield documentFromRecord(record, path, frame.offset);
    }
  }
}

/** PMIDs of the records and of DeleteCitation, in order, without a look at anything else. What is broken is left to the reading. */
export async function* pubmedXmlRevisions({ path, chunks, signal }: ReaderInput): AsyncGenerator<Revision, void> {
  const cutter = new RecordCutter(path);
  for await (const { bytes } of cutRecords(chunks, cutter, { signal, problem: () => {} })) {
    const deleted = bytes.subarray(0, DELETE_CITATION.length).equals(DELETE_CITATION);
    // A record's own PMID is the first; the others are of what it corrects or cites.
    const text = bytes.toString("latin1", 0, deleted ? bytes.length : OWN_PMID_BYTES);
    for (const [, version, pmid] of text.matchAll(PMID)) {
      yield { pmid: pmid!, version: Number(version ?? 1), deleted };
      if (!deleted) break;
    }
  }
}

const DELETE_CITATION = Buffer.from("<DeleteCitation");
const PMID = /<PMID(?:\s+Version\s*=\s*["'](\d{1,4})["'])?[^>]{0,80}>\s{0,20}(\d{1,9})/g;
/** The PMID is the first thing in a citation. */
const OWN_PMID_BYTES = 4096;

async function* cutRecords(
  chunks: AsyncIterable<Buffer>,
  cutter: RecordCutter,
  { signal, problem }: { signal: AbortSignal | undefined; problem: ReaderInput["problem"] },
): AsyncGenerator<RecordFrame, void> {
  let isLost = false;
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    cutter.push(chunk);
    if (isLost) isLost = !cutter.resynchronize(0);
    while (!isLost) {
      try {
        const frame = cutter.next();
        if (frame === undefined) break;
        yield frame;
      } catch (error) {
        if (!(error instanceof BiogptError) || !cutter.sawAny) throw error;
        problem(error);
        isLost = !cutter.resynchronize(1);
      }
    }
  }
  if (isLost) return;
  try {
    cutter.end();
  } catch (error) {
    if (!(error instanceof BiogptError) || !cutter.sawAny) throw error;
    problem(error);
  }
}

function rethrow(error: BiogptError): never {
  throw error;
}
