/** What is printed on documents without labels, and a sheet of it to judge, as `biogpt evaluate wild` does. */
import { basename } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { joinedText } from "../corpora/document.ts";
import { decodeText, readBytes } from "../corpora/tasks/task-files.ts";
import {
  type JudgedWild,
  KEY_FORMAT,
  readJudgements,
  SHEET_KEY,
  type SheetKey,
  scoreJudgements,
  type WildStatistics,
} from "../evaluation/wild/judged-sheet.ts";
import { readPlanted, readPrinted } from "../evaluation/wild/printed-relations.ts";
import { makeSheet, sheetTable, type WildVersion } from "../evaluation/wild/sheet.ts";
import { sheetPage } from "../evaluation/wild/sheet-page.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { readJsonFile } from "../tasks/json-file.ts";
import { RELATION_SCHEMES } from "../tasks/relation-extraction/schemes.ts";
import { type DocumentInput, documentsOf, expectReadable } from "./documents.ts";
import { extract } from "./extract.ts";
import type { LoadSettings } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface EvaluateWildOptions {
  /** What `extract` wrote of these documents, as JSON Lines; of two versions, for one sheet of both. Default: it is extracted now. */
  readonly outputs?: readonly string[] | undefined;
  /** Without `outputs`: what to look for. Default: the package's three schemes, each with its embedded model. */
  readonly schemes?: readonly string[] | undefined;
  /** Without `outputs`: name or folder. Default: the embedded model of each scheme. */
  readonly model?: string | undefined;
  readonly load?: LoadSettings | undefined;
  /** First documents alone. Default: all. */
  readonly limit?: number | undefined;
  /** Where the sheet is written: a page for `.html`, else a table; beside it the key of the table, which a page saves, `SHEET.key.json`. Default: no sheet. */
  readonly sheet?: string | undefined;
  /** JSON Lines as `extract` writes them with `"right": true` or `false`, which are shuffled in. Default: none. */
  readonly planted?: string | undefined;
  /** Most lines of each scheme and version in the sheet. Default: all. */
  readonly sample?: number | undefined;
  /** Of the order, and of what is drawn. Default 1. */
  readonly seed?: number | undefined;
}

export interface WildEvaluation {
  readonly documents: number;
  readonly statistics: readonly WildStatistics[];
  /** The sheet and its key; null where none was asked for. */
  readonly sheet: { readonly path: string; readonly key: string; readonly lines: number } | null;
}

type Context = WorkflowContext<NoteEvent | ProgressEvent>;

/**
 * Counts what is printed: documents with output, relations a document, and the sum of the probabilities, which is how many should be right.
 *
 * @throws BiogptError `evaluation/printed`, `evaluation/wild`, those of `extract` and `readDocuments`, `aborted`
 * @example
 *     await evaluateWild(["abstracts.jsonl"], { outputs: ["old.jsonl", "new.jsonl"], sheet: "sheet.tsv", planted: "planted.jsonl" });
 */
export async function evaluateWild(
  input: DocumentInput,
  { outputs, schemes, model, load, limit, sheet: path, planted, sample, seed = 1 }: EvaluateWildOptions,
  { signal, onEvent }: Context = {},
): Promise<WildEvaluation> {
  await expectReadable(input);
  const known = planted === undefined ? [] : readPlanted(planted);
  const printed = outputs?.map((file) => ({ name: basename(file), ...readPrinted(file) }));
  const progress = progressEvents(onEvent);
  const texts = new Map<string, string>();
  for await (const document of documentsOf(input, { limit, progress }, signal))
    texts.set(document.id, joinedText(document));
  if (texts.size === 0) {
    throw new BiogptError("evaluation/no-documents", { what: "The files hold no document.", fix: "Name other files." });
  }
  const versions = printed?.map((version) => within(version, texts)) ?? [
    await extracted(input, { schemes, model, load, limit }, { signal, onEvent }),
  ];
  const statistics = versions.flatMap((version) => statisticsOf(version, texts.size));
  if (path === undefined) return { documents: texts.size, statistics, sheet: null };
  const sheet = makeSheet(versions, { planted: known, sample, seed, textOf: (id) => texts.get(id) });
  const key: SheetKey = {
    ...{ format: KEY_FORMAT, sheet: sheet.name, seed, versions: versions.map(({ name }) => name), statistics },
    lines: sheet.key,
  };
  await writeFileAtomically(keyPath(path), `${JSON.stringify(key, null, 1)}\n`);
  await writeFileAtomically(path, tablePath(path) === path ? sheetTable(sheet) : sheetPage(sheet, tablePath(path)));
  return { documents: texts.size, statistics, sheet: { path, key: keyPath(path), lines: sheet.lines.length } };
}

interface Version extends WildVersion {
  readonly schemes: readonly string[];
}

/** Only what was printed of these documents. @throws BiogptError `evaluation/wild` where that is nothing of something */
function within(version: Version, texts: ReadonlyMap<string, string>): Version {
  const relations = version.relations.filter(({ documentId }) => texts.has(documentId));
  if (version.relations.length > 0 && relations.length === 0) {
    throw new BiogptError("evaluation/wild", {
      what: `${version.name} was printed of other documents: none of its ids is among them.`,
      fix: "Name the files that `biogpt extract` read.",
    });
  }
  return { ...version, relations };
}

async function extracted(
  input: DocumentInput,
  {
    schemes = Object.keys(RELATION_SCHEMES),
    model,
    load,
    limit,
  }: Pick<EvaluateWildOptions, "schemes" | "model" | "load" | "limit">,
  { signal, onEvent }: Context,
): Promise<Version> {
  const relations: WildVersion["relations"][number][] = [];
  for (const scheme of schemes) {
    const listen = (event: { readonly type: string }): void => {
      if (event.type === "progress" || event.type === "note") onEvent?.(event as NoteEvent | ProgressEvent);
    };
    for await (const found of extract(
      input,
      { scheme, model, load, limit, strict: true },
      { signal, onEvent: listen },
    )) {
      for (const { documentId, relation, head, tail, probability, evidence } of found.relations)
        relations.push({
          documentId,
          scheme,
          relation,
          head: head.text,
          tail: tail.text,
          probability,
          evidence: evidence?.text,
        });
    }
  }
  return { name: model ?? "embedded", relations, schemes };
}

function statisticsOf({ name, relations, schemes }: Version, documents: number): WildStatistics[] {
  return schemes.map((scheme) => {
    const own = relations.filter((relation) => relation.scheme === scheme);
    return {
      ...{ version: name, scheme, documents },
      documentsWithOutput: new Set(own.map(({ documentId }) => documentId)).size,
      relations: own.length,
      probabilitySum: own.reduce((sum, { probability }) => sum + probability, 0),
    };
  });
}

/** Of a page that of the table which it saves. */
function tablePath(sheet: string): string {
  return sheet.replace(/\.html?$/i, ".tsv");
}

function keyPath(sheet: string): string {
  return `${tablePath(sheet)}.key.json`;
}

/**
 * What a judged sheet says of each version and scheme, and of its judge.
 *
 * @param sheet the judged table
 * @param key   its key. Default: beside the sheet
 * @throws BiogptError `evaluation/judged`
 * @example
 *     const { versions, judge } = judgeWild("sheet.tsv");
 */
export function judgeWild(sheet: string, key: string = keyPath(sheet)): JudgedWild {
  const refused = (why: string, cause?: unknown): BiogptError =>
    new BiogptError("evaluation/judged", {
      what: `${key} is no key of a sheet: ${why}.`,
      fix: "Keep the file that `biogpt evaluate wild` wrote beside the sheet.",
      cause,
    });
  const parsed = SHEET_KEY.safeParse(readJsonFile(key, refused));
  if (!parsed.success) throw refused(parsed.error.issues[0]!.message);
  const judgements = readJudgements(decodeText({ path: sheet, bytes: readBytes(sheet).bytes }), sheet, parsed.data);
  return scoreJudgements(parsed.data, judgements);
}
