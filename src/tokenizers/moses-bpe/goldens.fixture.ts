/** The 3,010 goldens of ../shared/data/tokenizer, made by the Perl scripts, fastBPE and sacremoses; none where it is absent. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface Golden {
  readonly text: string;
  /** Absent in the last ten, which have `sacremoses` alone. */
  readonly moses?: string;
  readonly detokenized?: string;
  readonly biogpt?: readonly number[];
  readonly "biogpt-large"?: readonly number[];
  /** Only where it differs from `moses`. */
  readonly sacremoses?: string;
  readonly sacremosesDetokenized?: string;
}

export const TOKENIZER_DATA: URL = new URL("../../../../shared/data/tokenizer/", import.meta.url);

export function readGoldens(): Golden[] {
  const file = new URL("goldens.jsonl.gz", TOKENIZER_DATA);
  if (!existsSync(file)) return [];
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Golden);
}
