/** From a folder of raw corpus files to the examples of each split, with everything surprising said. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { Document } from "../corpora/document.ts";
import { type Bc5cdrFormat, readBc5cdr } from "../corpora/tasks/bc5cdr.ts";
import { type DdiFormat, readDdi } from "../corpora/tasks/ddi.ts";
import type { DrugBankNames } from "../corpora/tasks/drugbank.ts";
import { readHoc } from "../corpora/tasks/hoc.ts";
import { readKdDti } from "../corpora/tasks/kd-dti.ts";
import { readPubMedQa } from "../corpora/tasks/pubmedqa.ts";
import { type SourceFile, SPLITS, type SplitName, type Surprise } from "../corpora/tasks/task-files.ts";
import { carveValidation, trainFromValid, withDrugProt } from "./carve.ts";
import type { GoldRelations, TaskExample, TaskName } from "./example.ts";
import { hallmarkExample } from "./hallmarks/hallmarks.ts";
import { type QuestionSetting, questionExample } from "./question-answering/yes-no.ts";
import {
  chemicalDiseaseExample,
  interactionExample,
  type RelationOrder,
  reordered,
} from "./relation-extraction/examples.ts";
import { RELATION_SCHEMES, schemeTemplate } from "./relation-extraction/schemes.ts";

export interface BuildOptions {
  /** Which of the corpus's formats to read where several lie side by side. Default: BioGPT's own files. */
  readonly format?: string;
  /** Target form of a relation task. Default "rel-is". */
  readonly template?: string;
  /**
   * Order of the relations in a target. Default "parity". "random" shuffles those of train; other splits stay in "parity", since a
   * score does not depend on it.
   */
  readonly order?: RelationOrder | "random";
  /** With order "random": how often each document of train is there, each time in another order. At least 1, the default. */
  readonly repeats?: number;
  /** PubMedQA only. Default "reasoning-required". */
  readonly setting?: QuestionSetting;
  /** PubMedQA's validation fold, 0 to 9. Default 0. */
  readonly fold?: number;
  /** HoC: the share of train that becomes validation when valid is test; 0 keeps all in train. Default 0.1. */
  readonly validationShare?: number;
  /** KD-DTI without train.json: the share of valid's named documents that becomes train, in (0, 1); the rest stays valid. */
  readonly trainFromValid?: number;
  /** Seed of these two choices, and of order "random". Default 1. */
  readonly seed?: number;
  /** KD-DTI: a folder of DrugProt, whose documents are trained on as well, but for those that KD-DTI has. */
  readonly drugProt?: string;
  /** KD-DTI: names for its placeholders. */
  readonly drugBank?: DrugBankNames;
}

export interface TaskData {
  readonly task: TaskName;
  /** How it was built: what a score must name to be compared. */
  readonly setting: string;
  readonly splits: Readonly<Partial<Record<SplitName, readonly TaskExample[]>>>;
  /** Documents without relations: the recipes leave them out of training and scoring. */
  readonly withoutRelations: Readonly<Partial<Record<SplitName, readonly TaskExample[]>>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

/** Which options a task listens to; any other given one is an error, not ignored. */
const LISTENS: Readonly<Record<TaskName, readonly (keyof BuildOptions)[]>> = {
  bc5cdr: ["format", "template", "order", "repeats", "seed"],
  ddi: ["format", "template", "order", "repeats", "seed"],
  "kd-dti": ["template", "order", "repeats", "seed", "drugBank", "trainFromValid", "drugProt"],
  hoc: ["format", "validationShare", "seed"],
  pubmedqa: ["setting", "fold"],
};
const FORMATS: Readonly<Partial<Record<TaskName, readonly string[]>>> = {
  bc5cdr: ["json", "pubtator", "bioc"],
  ddi: ["json", "xml", "brat"],
  hoc: ["tsv", "original"],
};

/** @param path folder (or file) of the raw corpus, or the folder that holds it under its own name, such as BC5CDR */
export function buildExamples(task: TaskName, path: string, options: BuildOptions = {}): TaskData {
  const root = corpusRoot(task, path);
  for (const key of Object.keys(options) as (keyof BuildOptions)[]) {
    if (options[key] !== undefined && !LISTENS[task].includes(key)) {
      throw usage(`The option ${key} means nothing for ${task}.`, `It listens to ${LISTENS[task].join(", ")}.`);
    }
  }
  const formats = FORMATS[task] ?? [];
  if (options.format !== undefined && !formats.includes(options.format)) {
    throw usage(`${task} has no format "${options.format}".`, `Its formats are ${formats.join(", ")}.`);
  }
  checkRandomOrder(task, options);
  const { splits, files, surprises, setting } = BUILDERS[task](root, options);
  const full: Partial<Record<SplitName, TaskExample[]>> = {};
  const without: Partial<Record<SplitName, TaskExample[]>> = {};
  const more: Surprise[] = [];
  for (const split of SPLITS) {
    const examples = splits[split];
    if (examples === undefined) continue;
    const withTarget = examples.filter((example) => example.target !== "");
    full[split] = split === "train" && options.order === "random" ? shuffled(task, withTarget, options) : withTarget;
    without[split] = examples.filter((example) => example.target === "");
    if (without[split].length > 0) {
      const text = `${without[split].length} of ${examples.length} documents of ${split} have no relations and stand apart, as the recipe leaves them out.`;
      more.push({ code: `${task}/without-relations`, text });
    }
  }
  return { task, setting, splits: full, withoutRelations: without, files, surprises: [...surprises, ...more] };
}

/** The documents over and over: first all of them once, then all once more, so that a beginning of the file has them all. */
function shuffled(task: TaskName, examples: readonly TaskExample[], options: BuildOptions): TaskExample[] {
  const { template = "rel-is", repeats: times = 1, seed = 1 } = options;
  const scheme = Object.values(RELATION_SCHEMES).find((each) => each.task === task)!;
  const form = schemeTemplate(scheme, template);
  const random = new Random(seed);
  const all = (examples as readonly TaskExample<GoldRelations>[]).map((each) =>
    reordered(each, form, { times, random }),
  );
  return Array.from({ length: times }, (_, at) => all.map((copies) => copies[at]!)).flat();
}

function checkRandomOrder(task: TaskName, { order, repeats, seed, trainFromValid }: BuildOptions): void {
  if (repeats !== undefined && (!Number.isInteger(repeats) || repeats < 1))
    throw usage(`Documents were to be there ${repeats} times.`, "Give a whole number from 1.");
  if (order === "random") return;
  if (repeats !== undefined)
    throw usage("repeats has no effect without order random: every copy would be the same.", "Leave it out.");
  if (seed !== undefined && LISTENS[task].includes("order") && trainFromValid === undefined)
    throw usage(
      task === "kd-dti"
        ? "seed has no effect without order random or trainFromValid."
        : "seed has no effect without order random.",
      "Leave it out.",
    );
}

/** Where a task lies in a folder of several. */
export const CORPUS_FOLDERS: Readonly<Record<TaskName, string>> = {
  bc5cdr: "BC5CDR",
  ddi: "DDI",
  "kd-dti": "KD-DTI",
  hoc: "HoC",
  pubmedqa: "PubMedQA",
};

/** The folder of the task within `path`, if that is a folder of several tasks, else `path`. */
export function corpusRoot(task: TaskName, path: string): string {
  const inside = join(path, CORPUS_FOLDERS[task]);
  return existsSync(inside) ? inside : path;
}

interface Built {
  readonly splits: Partial<Record<SplitName, readonly TaskExample[]>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
  readonly setting: string;
}

const BUILDERS: Readonly<Record<TaskName, (root: string, options: BuildOptions) => Built>> = {
  bc5cdr(root, options) {
    const scheme = RELATION_SCHEMES["chemical-disease"];
    const template = schemeTemplate(scheme, options.template ?? "rel-is");
    const { format, splits, files, surprises } = readBc5cdr(root, {
      ...(options.format === undefined ? {} : { format: options.format as Bc5cdrFormat }),
    });
    const order = fileOrder(options);
    return {
      splits: mapSplits(splits, (document) => chemicalDiseaseExample(document, root, scheme, { template, order })),
      files,
      surprises,
      setting: settingOf(template.name, options, format === "json" ? undefined : format),
    };
  },
  ddi(root, options) {
    const scheme = RELATION_SCHEMES["drug-drug"];
    const template = schemeTemplate(scheme, options.template ?? "rel-is");
    const { format, splits, files, surprises } = readDdi(root, {
      ...(options.format === undefined ? {} : { format: options.format as DdiFormat }),
    });
    const order = fileOrder(options);
    return {
      splits: mapSplits(splits, ({ id, text, triples }) => {
        const document: Document = { id, source: root, passages: [{ kind: "abstract", text }] };
        return interactionExample({ document, triples, named: true }, scheme, { template, order });
      }),
      files,
      surprises,
      setting: settingOf(template.name, options, format === "json" ? undefined : format),
    };
  },
  "kd-dti"(root, options) {
    const scheme = RELATION_SCHEMES["drug-target"];
    const template = schemeTemplate(scheme, options.template ?? "rel-is");
    const { trainFromValid: share, seed = 1 } = options;
    const corpus = readKdDti(root, { ...(options.drugBank === undefined ? {} : { names: options.drugBank }) });
    const own = share === undefined ? corpus : trainFromValid(corpus, share, seed);
    const { splits, surprises, files } =
      options.drugProt === undefined
        ? { ...own, files: corpus.files }
        : withDrugProt({ ...own, files: corpus.files }, options.drugProt);
    const order = fileOrder(options);
    const more = [
      ...(share === undefined ? [] : [`trained on ${share} of valid`]),
      ...(options.drugProt === undefined ? [] : ["trained on DrugProt"]),
    ];
    return {
      splits: mapSplits(splits, ({ id, title, abstract, triples, named }) => {
        const passages: Document["passages"] = [
          { kind: "title", text: title },
          { kind: "abstract", text: abstract },
        ];
        return interactionExample({ document: { id, source: root, passages }, triples, named }, scheme, {
          template,
          order,
        });
      }),
      files,
      surprises,
      setting: settingOf(template.name, options, more.length === 0 ? undefined : more.join(", ")),
    };
  },
  hoc(root, options) {
    const { format, splits, validEqualsTest, files, surprises } = readHoc(root, {
      ...(options.format === undefined ? {} : { format: options.format as "tsv" | "original" }),
    });
    const { train, ...others } = splits;
    const share = options.validationShare ?? 0.1;
    const carve = train !== undefined && others.valid === undefined && share > 0;
    const carved = carve ? carveValidation(train, share, options.seed ?? 1) : undefined;
    const said: Surprise[] =
      carved === undefined
        ? []
        : [
            {
              code: "hoc/carved-validation",
              text: `${carved.valid.length} of ${train?.length} training sentences, by whole ${carved.unit}, became the validation part.`,
            },
          ];
    return {
      splits: mapSplits({ ...others, ...(carved ?? (train === undefined ? {} : { train })) }, (sentence) =>
        hallmarkExample(sentence, root),
      ),
      files,
      surprises: [...surprises, ...said],
      setting: `${format}${validEqualsTest && carved === undefined ? ", no validation" : ""}`,
    };
  },
  pubmedqa(root, options) {
    const setting = options.setting ?? "reasoning-required";
    const { splits, files, surprises } = readPubMedQa(root, { fold: options.fold ?? 0 });
    return {
      splits: mapSplits(splits, (document) => questionExample(document, root, setting)),
      files,
      surprises,
      setting,
    };
  },
};

function mapSplits<T>(
  splits: Readonly<Partial<Record<SplitName, readonly T[]>>>,
  build: (item: T) => TaskExample,
): Partial<Record<SplitName, TaskExample[]>> {
  const built: Partial<Record<SplitName, TaskExample[]>> = {};
  for (const split of SPLITS) {
    const items = splits[split];
    if (items !== undefined) built[split] = items.map(build);
  }
  return built;
}

function fileOrder({ order = "parity" }: BuildOptions): RelationOrder {
  return order === "random" ? "parity" : order;
}

function settingOf(
  template: string,
  { order = "parity", repeats = 1, seed = 1 }: BuildOptions,
  format: string | undefined,
): string {
  const random = order === "random" ? [`${repeats} times`, `seed ${seed}`] : [];
  const said = order === "parity" ? [] : [`order ${order}`, ...random];
  return [template, ...said, ...(format === undefined ? [] : [format])].join(", ");
}

function usage(what: string, fix: string): BiogptError {
  return new BiogptError("tasks/option", { what, fix, kind: "usage" });
}
