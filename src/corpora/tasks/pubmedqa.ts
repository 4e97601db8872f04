/**
 * PubMedQA, yes/no/maybe questions about abstracts: the 1,000 labelled ones, split as its authors' script does.
 *
 * Source   Jin et al., 2019, arXiv:1909.06146. The public script shuffles within each label with Python's `random`, seed 0:
 *          500 for test, then ten folds of 50; BioGPT trains on nine and validates on fold 0.
 */
import { BiogptError } from "../../base/errors.ts";
import { PythonRandom } from "./mersenne-twister.ts";
import { orderedEntries, parsePart } from "./ordered-json.ts";
import {
  decodeText,
  listFiles,
  nothingFound,
  readBytes,
  recordList,
  type SourceFile,
  type SplitName,
  type Surprise,
  textField,
} from "./task-files.ts";

export type YesNoMaybe = "yes" | "no" | "maybe";
export const YES_NO_MAYBE: readonly YesNoMaybe[] = ["yes", "no", "maybe"];

export interface QuestionDocument {
  /** PMID. */
  readonly id: string;
  readonly question: string;
  /** The abstract without its conclusion, section by section. */
  readonly contexts: readonly string[];
  /** Section headings, one for each context. */
  readonly labels: readonly string[];
  /** The conclusion; part of the source in the reasoning-free setting only. */
  readonly longAnswer: string;
  readonly answer: YesNoMaybe;
}

export interface PubMedQaCorpus {
  readonly splits: Readonly<Record<SplitName, readonly QuestionDocument[]>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

/** @param fold which of the ten folds is the validation part, 0 to 9 */
export function readPubMedQa(root: string, { fold = 0 }: { fold?: number } = {}): PubMedQaCorpus {
  const paths = listFiles(root);
  const path = paths.find((file) => /(?:^|\/)ori_pqal\.json(?:\.gz)?$/.test(file));
  if (path === undefined) throw nothingFound("PubMedQA", root, "ori_pqal.json");
  const file = readBytes(path);
  const files: SourceFile[] = [{ name: path, sha256: file.sha256 }];
  const splits = splitPubMedQa(readPubMedQaJson(decodeText(file), path), fold);
  const surprises: Surprise[] = [];
  const truthPath = paths.find((name) => /(?:^|\/)test_ground_truth\.json(?:\.gz)?$/.test(name));
  if (truthPath === undefined) {
    surprises.push({
      code: "pubmedqa/no-ground-truth",
      text: "There is no test_ground_truth.json to check the split against.",
    });
  } else {
    const truth = readBytes(truthPath);
    files.push({ name: truthPath, sha256: truth.sha256 });
    const wanted = [...orderedEntries(decodeText(truth), truthPath)].map(
      ([id, json]) => `${id} ${parsePart(json, truthPath)}`,
    );
    const got = splits.test.map(({ id, answer }) => `${id} ${answer}`);
    if (wanted.join() !== got.join()) {
      surprises.push({
        code: "pubmedqa/other-test-split",
        text: `The test split differs from ${truthPath}: is ori_pqal.json the official file, in its own order?`,
      });
    }
  }
  return { splits, files, surprises };
}

/** Reads `{PMID: {QUESTION, CONTEXTS, LABELS, LONG_ANSWER, final_decision}}`, in the order of the file. */
export function readPubMedQaJson(text: string, name: string): QuestionDocument[] {
  return [...orderedEntries(text, name)].map(([id, json]) => {
    const place = `${name}, question ${id}`;
    const record = parsePart(json, place);
    const answer = textField(record, "final_decision", place);
    if (!YES_NO_MAYBE.includes(answer as YesNoMaybe)) {
      throw new BiogptError("corpora/field", {
        what: `${place}: the answer "${answer}" is neither yes, no nor maybe.`,
      });
    }
    const texts = (field: string): string[] =>
      recordList(record, field, place).map((value) => textField({ [field]: value }, field, place));
    return {
      id,
      question: textField(record, "QUESTION", place),
      contexts: texts("CONTEXTS"),
      labels: texts("LABELS"),
      longAnswer: textField(record, "LONG_ANSWER", place),
      answer: answer as YesNoMaybe,
    };
  });
}

/** The authors' split: 500 for test, ten folds of the rest. */
export function splitPubMedQa(
  documents: readonly QuestionDocument[],
  fold: number,
): Record<SplitName, QuestionDocument[]> {
  const random = new PythonRandom(0);
  const [rest, test] = stratifiedParts(documents, 2, random) as [QuestionDocument[], QuestionDocument[]];
  const folds = stratifiedParts(rest, 10, random);
  const valid = folds[fold];
  if (valid === undefined) {
    throw new BiogptError("corpora/fold", {
      what: `There is no fold ${fold}.`,
      why: "Folds are 0 to 9.",
    });
  }
  return { train: folds.filter((other) => other !== valid).flat(), valid, test };
}

/** Parts with the labels in the same proportions; where the last came out smaller, it gets one of each other part. */
function stratifiedParts(
  documents: readonly QuestionDocument[],
  count: number,
  random: PythonRandom,
): QuestionDocument[][] {
  const parts: QuestionDocument[][] = Array.from({ length: count }, () => []);
  for (const label of YES_NO_MAYBE) {
    const ofLabel = documents.filter((document) => document.answer === label);
    random.shuffle(ofLabel);
    const size = Math.ceil(ofLabel.length / count);
    for (const [at, part] of parts.entries())
      part.push(...ofLabel.slice(at * size, at === count - 1 ? undefined : (at + 1) * size));
  }
  const last = parts.at(-1)!;
  if (last.length !== parts[0]!.length) {
    for (const part of parts.slice(0, -1)) {
      if (part.length === 0) continue; // of fewer questions than parts
      const picked = random.choice(part);
      last.push(picked);
      part.splice(part.indexOf(picked), 1);
    }
  }
  return parts;
}
