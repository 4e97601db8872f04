/** Tells the format of a file by its first bytes. */
import { BiogptError } from "../../base/errors.ts";
import { notText } from "../../files/lines.ts";
import type { Format } from "./read.ts";

/** @throws BiogptError `corpora/not-text`, `corpora/json-array` */
export function detectFormat(head: Buffer, path: string): Format {
  if (head.subarray(0, 512).includes(0)) throw notText(path);
  const bom = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const start = head.toString("latin1", bom).trimStart();
  if (start.startsWith("<")) return "pubmed-xml";
  if (start.startsWith("{")) return "json-lines";
  if (/^PMID *- ?\d/.test(start)) return "nbib";
  if (start.startsWith("[{") || /^\[\s*\{/.test(start)) {
    throw new BiogptError("corpora/json-array", {
      what: `${path} holds one JSON array.`,
      why: "Documents are streamed, one JSON object a line.",
      fix: "Convert it with `jq -c '.[]' file.json > file.jsonl`.",
    });
  }
  return "text";
}
