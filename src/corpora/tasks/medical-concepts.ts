/**
 * Questions on medical codes made from vocabularies that a user brings, as MedConceptsQA asks them: "What is the description of the medical code X in V?",
 * four descriptions, of which the others are of codes far away (easy), of the same chapter (medium) or of the same category (hard).
 *
 * Source    Shoham and Rappoport, 2024 (doi 10.1016/j.compbiomed.2024.109089): wording, vocabularies, levels, up to 250 questions of each group. Their
 *           files cannot be had here and their script draws in its own order, so the questions are of the same kind and not the same ones; what "near"
 *           means is ours: chapter is a code's first character, category its first three.
 * Formats   the yearly files of CMS: `icd10cm-codes-2024.txt` (code, spaces, description), `icd10cm-order-2024.txt` (number, code, 0 or 1, short, long);
 *           tables (comma or tab) with a column of codes and one of names, as ATC comes
 */
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { ChoiceQuestion } from "./choice-question.ts";
import { parseCsv } from "./csv.ts";

/** A vocabulary, by what its files are called. */
const VOCABULARIES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["ICD10PROC", /icd.?10.?(?:pcs|proc)/i],
  ["ICD10CM", /icd.?10/i],
  ["ICD9PROC", /icd.?9.?(?:proc|sg)|DESC_(?:LONG|SHORT)_SG/i],
  ["ICD9CM", /icd.?9|DESC_(?:LONG|SHORT)_DX/i],
  ["ATC", /(?:^|[^a-z])atc(?:[^a-z]|$)/i],
];

export interface MedicalCode {
  readonly code: string;
  readonly description: string;
}

/** The vocabulary of a file, by its name; undefined for other files. */
export function vocabularyOf(fileName: string): string | undefined {
  return VOCABULARIES.find(([, pattern]) => pattern.test(fileName))?.[0];
}

/** Lines that are read of a file: ICD-10's procedures are 79,000. */
const MOST_LINES = 2_000_000;
/** Number, code, whether it is a whole one, short and long description. */
const ORDER_LINE = /^\d{5} (\S{3,7}) +[01] .{60} (.+)$/;
const CODE_LINE = /^([A-Z0-9][A-Z0-9.]{2,7})\s+(\S.*)$/;
const CODE_COLUMN = /^(?:.*[_ ])?code$|^atc$|^icd.*$/i;
const NAME_COLUMN = /^(?:long[_ ])?(?:description|name|title|desc)$|[_ ](?:name|description|title)$/i;

/**
 * Codes with their descriptions, each once.
 *
 * @throws BiogptError `corpora/benchmark` for a file in which no line has both
 */
export function readMedicalCodes(text: string, name: string): MedicalCode[] {
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/, MOST_LINES)
    .filter((line) => line.trim() !== "");
  const found = tableCodes(lines, name) ?? lines.flatMap((line) => lineCode(line));
  const codes = [...new Map(found.map((one) => [one.code, one])).values()];
  if (codes.length > 0) return codes;
  throw new BiogptError("corpora/benchmark", {
    what: `${name} holds no medical code with a description.`,
    why: "A line is a code and its description, or a table's header names both (code, description).",
    fix: "Give the files of CMS, or a table.",
  });
}

function lineCode(line: string): MedicalCode[] {
  const [, code, description] = ORDER_LINE.exec(line) ?? CODE_LINE.exec(line) ?? [];
  return code === undefined ? [] : [{ code, description: description!.trim() }];
}

function tableCodes(lines: readonly string[], name: string): MedicalCode[] | undefined {
  const [header = ""] = lines;
  const separator = header.includes("\t") ? "\t" : ",";
  const rows = separator === "\t" ? lines.map((line) => line.split("\t")) : undefined;
  const titles = (rows?.[0] ?? header.split(",")).map((title) => title.replace(/^"|"$/g, "").trim());
  const [codeAt, nameAt] = [
    titles.findIndex((title) => CODE_COLUMN.test(title)),
    titles.findIndex((title) => NAME_COLUMN.test(title)),
  ];
  if (titles.length < 2 || codeAt < 0 || nameAt < 0) return undefined;
  return (rows ?? parseCsv(lines.join("\n"), name)).slice(1).flatMap((cells) => {
    const [code, description] = [cells[codeAt]?.trim() ?? "", cells[nameAt]?.trim() ?? ""];
    return code === "" || description === "" ? [] : [{ code, description }];
  });
}

const LEVELS = ["easy", "medium", "hard"] as const;
/** As the benchmark's own evaluator asks of each group. */
const MOST_OF_A_GROUP = 250;
/** Solved ones of each vocabulary, for few-shot prompts. */
const EXAMPLES = 4;
const OPTIONS = 4;

/** The questions of a vocabulary by level, and some more to show solved; the same for the same codes and seed. */
export function medicalConceptQuestions(
  vocabulary: string,
  given: readonly MedicalCode[],
  seed = 1,
): { readonly questions: ChoiceQuestion[]; readonly examples: ChoiceQuestion[] } {
  const random = new Random(seed);
  // In an order of their own, each once: several files of a vocabulary may hold the same code.
  const codes = [...new Map(given.map((one) => [one.code, one])).values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  const shuffled = [...codes];
  random.shuffle(shuffled);
  const places = { chapter: groups(codes, 1), category: groups(codes, 3) };
  const shown = shuffled.slice(0, EXAMPLES);
  const ask = (code: MedicalCode, level: (typeof LEVELS)[number]): ChoiceQuestion[] => {
    const others = distractors(code, level, codes, places, random);
    if (others === undefined) return [];
    const options = [code.description, ...others];
    random.shuffle(options);
    return [
      {
        id: `${vocabulary}-${level}-${code.code}`,
        subject: `${vocabulary} ${level}`,
        question: `What is the description of the medical code ${code.code} in ${vocabulary}?`,
        options,
        answer: options.indexOf(code.description),
      },
    ];
  };
  const questions = LEVELS.flatMap((level) => {
    const group: ChoiceQuestion[] = [];
    for (const code of shuffled.slice(EXAMPLES)) {
      if (group.length === MOST_OF_A_GROUP) break;
      group.push(...ask(code, level));
    }
    return group;
  });
  return { questions, examples: shown.flatMap((code) => ask(code, "easy")) };
}

function groups(codes: readonly MedicalCode[], characters: number): ReadonlyMap<string, readonly MedicalCode[]> {
  const found = new Map<string, MedicalCode[]>();
  for (const code of codes) {
    const key = code.code.slice(0, characters);
    const group = found.get(key);
    if (group === undefined) found.set(key, [code]);
    else group.push(code);
  }
  return found;
}

/** Draws before a code is given up: where most of a vocabulary is near, those that are far are seldom drawn. */
const MOST_DRAWS = 200;

/** Three descriptions that differ from the code's and from each other; undefined where the level has too few. */
function distractors(
  { code, description }: MedicalCode,
  level: (typeof LEVELS)[number],
  all: readonly MedicalCode[],
  { chapter, category }: Readonly<Record<"chapter" | "category", ReadonlyMap<string, readonly MedicalCode[]>>>,
  random: Random,
): string[] | undefined {
  const pool = level === "easy" ? all : level === "medium" ? chapter.get(code[0]!)! : category.get(code.slice(0, 3))!;
  const fits = (other: string): boolean =>
    level === "easy" ? other[0] !== code[0] : level === "medium" ? other.slice(0, 3) !== code.slice(0, 3) : true;
  const chosen = new Set<string>();
  for (let draw = 0; draw < MOST_DRAWS && chosen.size < OPTIONS - 1; draw++) {
    const other = pool[random.integer(pool.length)]!;
    if (fits(other.code) && other.description !== description) chosen.add(other.description);
  }
  return chosen.size === OPTIONS - 1 ? [...chosen] : undefined;
}
