/** A small graph, mined by a dictionary: what it holds is easy to say. */
import { join } from "node:path";
import { temporaryFile, temporaryFolder } from "../files/scratch.fixture.ts";
import { dictionaryReader } from "../mining/dictionary-reader.fixture.ts";
import { mineInto } from "../workflows/mining/mine.ts";

const DOCUMENTS = [
  { pmid: "1", title: "About one.", abstract: "Aspirin causes bleeding. Cisplatin was given.", year: 1999 },
  { pmid: "2", title: "About two.", abstract: "In rats, aspirin did not cause bleeding.", year: 2004 },
  { pmid: "3", title: "About three.", abstract: "Cisplatin may cause renal failure.", year: 2010 },
  { pmid: "4", title: "About four.", abstract: "🧪 Lidocaine caused seizures in patients.", year: 2011 },
  { pmid: "5", title: "About five.", abstract: "Cisplatin caused renal failure.", year: 2015 },
  { pmid: "6", title: "About six.", abstract: "Aspirin causes renal failure.", year: 2020 },
];

/** @returns its folder, below another one that is the source's too */
export async function graphFolder(): Promise<string> {
  const out = join(temporaryFolder(), "kg");
  const lines = temporaryFile("papers.jsonl", DOCUMENTS.map((one) => `${JSON.stringify(one)}\n`).join(""));
  await mineInto([lines], { out, reader: dictionaryReader() });
  return out;
}
