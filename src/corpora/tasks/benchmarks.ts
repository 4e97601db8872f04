/**
 * Questions with given answers, of the benchmarks that general medical language models are measured on, in one form.
 *
 * Sources   MedQA (Jin et al., 2020), MedMCQA (Pal et al., 2022), six medical subjects of MMLU (Hendrycks et al., 2020), BioASQ task b (yes/no),
 *           PubMedQA (pubmedqa.ts), MedConceptsQA made from a user's vocabularies (medical-concepts.ts). Files are read as their authors publish them, gzip or not.
 * Left out  explanations, MedMCQA's test set (its answers are not public), BioASQ's factoid, list and summary questions.
 */
import { basename } from "node:path";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ChoiceQuestion } from "./choice-question.ts";
import { parseCsv } from "./csv.ts";
import { type MedicalCode, medicalConceptQuestions, readMedicalCodes, vocabularyOf } from "./medical-concepts.ts";
import { readPubMedQa } from "./pubmedqa.ts";
import {
  decodeText,
  listFiles,
  nothingFound,
  readBytes,
  recordList,
  type SourceFile,
  type Surprise,
  textField,
  withSlashes,
} from "./task-files.ts";

export type { ChoiceQuestion } from "./choice-question.ts";

export type BenchmarkName = "medqa" | "medmcqa" | "mmlu" | "bioasq" | "pubmedqa" | "medconceptsqa";
export const BENCHMARK_NAMES: readonly BenchmarkName[] = [
  "medqa",
  "medmcqa",
  "mmlu",
  "bioasq",
  "pubmedqa",
  "medconceptsqa",
];

export interface Benchmark {
  readonly name: BenchmarkName;
  readonly questions: readonly ChoiceQuestion[];
  /** Solved examples for few-shot prompts; never of the questions. Empty where the data hold none. */
  readonly examples: readonly ChoiceQuestion[];
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

/** @throws BiogptError `corpora/unknown-benchmark` */
export function benchmarkName(name: string): BenchmarkName {
  const found = BENCHMARK_NAMES.find((known) => known === name.toLowerCase());
  if (found !== undefined) return found;
  throw new BiogptError("corpora/unknown-benchmark", {
    what: `There is no benchmark "${name}".`,
    fix: `The benchmarks are ${BENCHMARK_NAMES.join(", ")} and perplexity.${didYouMean(name, BENCHMARK_NAMES)}`,
  });
}

/**
 * @param root folder of the benchmark, or one that holds several
 * @throws BiogptError `corpora/nothing-found`, `corpora/field`, `corpora/benchmark` for questions without a right answer
 */
export function readBenchmark(name: BenchmarkName, root: string): Benchmark {
  const reader = new Reader(listFiles(root), root);
  const { questions, examples } = READERS[name](reader);
  return { name, questions, examples, files: reader.files, surprises: reader.surprises };
}

interface Questions {
  readonly questions: readonly ChoiceQuestion[];
  readonly examples: readonly ChoiceQuestion[];
}

const LETTERS = "ABCDEFGHIJ";

const READERS: Readonly<Record<BenchmarkName, (reader: Reader) => Questions>> = {
  medqa(reader) {
    const path = reader.find(/(?:^|\/)(?:MedQA|US)\/.*test\.jsonl(?:\.gz)?$|phrases_no_exclude_test\.jsonl(?:\.gz)?$/);
    if (path === undefined) throw reader.nothing("MedQA", "US/4_options/phrases_no_exclude_test.jsonl");
    const questions = reader.jsonLines(path).map(({ value, place, number }) => {
      const entries = Object.entries(objectField(value, "options", place));
      const letter = textField(value, "answer_idx", place);
      return question(place, {
        id: `medqa-${number}`,
        subject: "medqa",
        question: textField(value, "question", place),
        options: entries.map(([key]) => textField(objectField(value, "options", place), key, place)),
        answer: entries.findIndex(([key]) => key === letter),
      });
    });
    return { questions, examples: reader.instructions(/(?:^|\/)med_qa_train\.json(?:\.gz)?$/, "medqa", questions) };
  },

  medmcqa(reader) {
    const path = reader.find(/(?:^|\/)(?:MedMCQA\/)?dev\.json(?:\.gz)?$/);
    if (path === undefined) throw reader.nothing("MedMCQA", "dev.json");
    const questions = reader.jsonLines(path).map(({ value, place }) =>
      question(place, {
        id: textField(value, "id", place),
        subject: textField(value, "subject_name", place),
        question: textField(value, "question", place),
        options: ["opa", "opb", "opc", "opd"].map((field) => textField(value, field, place)),
        answer: Number((value as Record<string, unknown>)["cop"]) - 1, // 1 to 4 in the files, whatever the paper's page says
      }),
    );
    return { questions, examples: reader.instructions(/(?:^|\/)medmc_qa_train\.json(?:\.gz)?$/, "medmcqa", questions) };
  },

  mmlu(reader) {
    const paths = reader.all(/(?:^|\/)[a-z_]+_test\.csv(?:\.gz)?$/);
    if (paths.length === 0) throw reader.nothing("MMLU", "anatomy_test.csv and others");
    const read = (path: string, ending: string): ChoiceQuestion[] => {
      const subject = basename(path).replace(new RegExp(`_${ending}\\.csv.*$`), "");
      return parseCsv(reader.text(path), path).map((row, at) => {
        const place = `${path}, row ${at + 1}`;
        if (row.length !== 6) throw broken(place, `has ${row.length} columns in place of 6`);
        const [text, ...rest] = row as [string, ...string[]];
        const answer = LETTERS.indexOf(rest.pop()!.trim() || "-");
        return question(place, { id: `${subject}-${at + 1}`, subject, question: text, options: rest, answer });
      });
    };
    const examples = reader.all(/(?:^|\/)[a-z_]+_dev\.csv(?:\.gz)?$/).flatMap((path) => read(path, "dev"));
    const questions = paths.flatMap((path) => read(path, "test"));
    if (examples.length > 0) return { questions, examples };
    // MMLU's own five examples of each subject are in no folder of ours; MedQA's are of the same kind.
    return { questions, examples: reader.instructions(/(?:^|\/)med_qa_train\.json(?:\.gz)?$/, "medqa", questions) };
  },

  bioasq(reader) {
    const paths = reader.all(/(?:^|\/)\d+B\d+_golden\.json(?:\.gz)?$/).sort(byNumbers);
    if (paths.length === 0) throw reader.nothing("BioASQ", "7B1_golden.json and others");
    const all = paths.flatMap((path) => {
      const subject = `${/(\d+)B\d+_golden/.exec(path)![1]}B`;
      return recordList(reader.json(path), "questions", path)
        .map((value, at) => ({ value, place: `${path}, question ${at + 1}` }))
        .filter(({ value }) => (value as Record<string, unknown>)["type"] === "yesno")
        .map(({ value, place }) => {
          const snippets = recordList(value, "snippets", place).map((snippet) => textField(snippet, "text", place));
          const answer = ["yes", "no"].indexOf(textField(value, "exact_answer", place).trim().toLowerCase());
          return question(place, {
            id: textField(value, "id", place),
            subject,
            context: [...new Set(snippets.map((snippet) => snippet.replace(/\s+/g, " ").trim()))].join(" "),
            question: textField(value, "body", place),
            options: ["yes", "no"],
            answer,
          });
        });
    });
    const years = [...new Set(all.map(({ subject }) => subject))];
    if (years.length < 2) return { questions: all, examples: [] };
    reader.surprises.push({
      code: "bioasq/examples",
      text: `The questions of ${years[0]} serve as examples and are left out of few-shot scores.`,
    });
    return { questions: all, examples: all.filter(({ subject }) => subject === years[0]) };
  },

  pubmedqa(reader) {
    const folder = reader.find(/(?:^|\/)ori_pqal\.json(?:\.gz)?$/)?.replace(/[\\/]?[^\\/]*$/, "");
    if (folder === undefined) throw reader.nothing("PubMedQA", "ori_pqal.json");
    const { splits, files, surprises } = readPubMedQa(folder === "" ? "." : folder);
    reader.files.push(...files);
    reader.surprises.push(...surprises);
    const options = ["yes", "no", "maybe"];
    const convert = (records: typeof splits.test): ChoiceQuestion[] =>
      records.map(({ id, question: text, contexts, answer }) => ({
        ...{ id, subject: "pubmedqa", context: contexts.join(" "), question: text },
        ...{ options, answer: options.indexOf(answer) },
      }));
    return { questions: convert(splits.test), examples: convert(splits.train) };
  },

  medconceptsqa(reader) {
    const codes = new Map<string, MedicalCode[]>();
    for (const path of reader.all(/\.(?:txt|csv|tsv)(?:\.gz)?$/i)) {
      const vocabulary = vocabularyOf(basename(path));
      if (vocabulary === undefined) continue;
      codes.set(vocabulary, [...(codes.get(vocabulary) ?? []), ...readMedicalCodes(reader.text(path), path)]);
    }
    if (codes.size === 0) throw reader.nothing("MedConceptsQA", "icd10cm-codes-2024.txt or a table named atc");
    reader.surprises.push({
      code: "medconceptsqa/own-questions",
      text: `The questions are made from your vocabularies (${[...codes.keys()].join(", ")}) and are not the published ones; chance is 25 %.`,
    });
    const made = [...codes].map(([vocabulary, all]) => medicalConceptQuestions(vocabulary, all));
    return {
      questions: made.flatMap(({ questions }) => questions),
      examples: made.flatMap(({ examples }) => examples),
    };
  },
};

/** What readers share: the files of the folder, what was read of them, and where anything odd was. */
class Reader {
  readonly files: SourceFile[] = [];
  readonly surprises: Surprise[] = [];
  readonly #paths: readonly string[];
  readonly #root: string;

  constructor(paths: readonly string[], root: string) {
    this.#paths = paths;
    this.#root = root;
  }

  find(pattern: RegExp): string | undefined {
    return this.#paths.find((path) => pattern.test(withSlashes(path)));
  }

  all(pattern: RegExp): string[] {
    return this.#paths.filter((path) => pattern.test(withSlashes(path)));
  }

  text(path: string): string {
    const file = readBytes(path);
    this.files.push({ name: path, sha256: file.sha256 });
    return decodeText(file);
  }

  json(path: string): unknown {
    return parseJson(this.text(path), path);
  }

  jsonLines(path: string): { readonly value: unknown; readonly place: string; readonly number: number }[] {
    return this.text(path)
      .split(/\r?\n/)
      .map((line, at) => ({ line, number: at + 1, place: `${path}, line ${at + 1}` }))
      .filter(({ line }) => line.trim() !== "")
      .map(({ line, number, place }) => ({ value: parseJson(line, place), number, place }));
  }

  /**
   * Examples in the form of instructions: `{"instances": {"input": "Question: …\nOption A: …", "output": "Answer: (A)" or the option's text}}`.
   * Those that stand among the questions, or cannot be read as a question with one right answer, are left out and counted.
   */
  instructions(pattern: RegExp, subject: string, questions: readonly ChoiceQuestion[]): ChoiceQuestion[] {
    const path = this.find(pattern);
    if (path === undefined) return [];
    const asked = new Set(questions.map((item) => squeezed(item.question)));
    const examples: ChoiceQuestion[] = [];
    let unread = 0;
    let repeated = 0;
    for (const { value, place, number } of this.jsonLines(path)) {
      const instance = objectField(value, "instances", place);
      const example = instruction(textField(instance, "input", place), textField(instance, "output", place));
      if (example === undefined) unread++;
      else if (asked.has(squeezed(example.question))) repeated++;
      else examples.push({ id: `example-${number}`, subject, ...example });
    }
    if (unread + repeated > 0) {
      this.surprises.push({
        code: `${subject}/examples-left-out`,
        text: `${unread} examples of ${path} have no single right option, ${repeated} are among the questions; both are left out.`,
      });
    }
    return examples;
  }

  nothing(task: string, wanted: string): BiogptError {
    return nothingFound(task, this.#root, wanted);
  }
}

function instruction(
  input: string,
  output: string,
): Pick<ChoiceQuestion, "question" | "options" | "answer"> | undefined {
  const [head, ...parts] = input.replace(/^question:\s*/i, "").split(/\n\s*Option [A-J]:\s*/);
  const options = parts.map((part) => part.trim());
  const letter = /^Answer: \(([A-J])\)/.exec(output)?.[1];
  const answer = letter === undefined ? options.indexOf(output.trim()) : LETTERS.indexOf(letter);
  const known = head !== undefined && answer >= 0 && answer < options.length;
  return known ? { question: head.trim(), options, answer } : undefined;
}

function squeezed(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** 7B before 10B, batch by batch. */
function byNumbers(left: string, right: string): number {
  const of = (path: string): number[] => /(\d+)B(\d+)_golden/.exec(path)!.slice(1).map(Number);
  const [[a, b], [c, d]] = [of(left), of(right)] as [number[], number[]];
  return a! - c! || b! - d!;
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiogptError("corpora/json", {
      what: `${place} is not JSON.`,
      fix: "Check that the file was written fully.",
      cause,
    });
  }
}

function objectField(record: unknown, field: string, place: string): Readonly<Record<string, unknown>> {
  const value = (record as Record<string, unknown> | null)?.[field];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw broken(place, `has no object "${field}"`);
  return value as Record<string, unknown>;
}

/** Options with text, two at least, one of them right. */
function question(place: string, item: ChoiceQuestion): ChoiceQuestion {
  const { options, answer } = item;
  if (options.length < 2) throw broken(place, `has ${options.length} options`);
  if (!Number.isInteger(answer) || answer < 0 || answer >= options.length)
    throw broken(place, "names no option as right");
  if (options.some((option) => option.trim() === "")) throw broken(place, "has an empty option");
  return item;
}

function broken(place: string, what: string): BiogptError {
  return new BiogptError("corpora/benchmark", {
    what: `${place} ${what}.`,
    fix: "Check that this is the file of the benchmark that you named.",
  });
}
