/**
 * Relations of documents, end to end: text to windows to prompts to generated sentences to anchored relations.
 *
 * Follows BioGPT's relation recipes (source, learned prompt, generated target) and adds what they lack: windows in place of truncation, or
 * sentences for a model that was trained to read those (input-unit.ts); both arguments found again in the original text, an evidence
 * sentence, a probability; and ranked decoding. What is chosen for a model where nothing is said stands in workflows/extraction-plan.ts.
 */
import { createHash } from "node:crypto";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { mapInOrder } from "../../base/map-in-order.ts";
import type { Document } from "../../corpora/document.ts";
import { splitSentences } from "../../corpora/sentences.ts";
import type { Constraint } from "../../generation/generation.ts";
import type { Model } from "../../pretrained/model.ts";
import { promptBegin } from "../../tokenizers/tokenizer.ts";
import { answerParts } from "../answer-parts.ts";
import { calibrated } from "../calibration-map.ts";
import { isFineTuned } from "../fine-tuned.ts";
import type { InputUnit } from "../input-unit.ts";
import { inputOf } from "../task-file.ts";
import { anchorArgument } from "./anchor.ts";
import { DEFAULT_RANKED_BEAMS, LEAST_OF_SENTENCE, rankCandidates } from "./candidate-ranking.ts";
import { type CandidateRelation, pooledCandidates } from "./candidate-relation.ts";
import type { Content, PassageSpan } from "./content.ts";
import { DEFAULT_DECISION_RULE, type DecisionRule, keptCount } from "./decision-rule.ts";
import { type DocumentNames, documentNames } from "./document-names.ts";
import { type Evidence, findEvidence } from "./evidence.ts";
import { RELATION_SCHEMES, type RelationScheme } from "./schemes.ts";
import { sentenceSources } from "./sentence-sources.ts";
import type { SourcePlaces } from "./source-spans.ts";
import type { RelationTriple } from "./templates.ts";
import { cutIntoWindows } from "./windows.ts";

export interface Argument {
  /** As the document writes it, where it was found; else as the model wrote it. */
  readonly text: string;
  readonly type: string;
  /** What the document itself calls it as well, by its abbreviations: "lithium carbonate (LC)". */
  readonly otherNames: readonly string[];
  /** Every place of the document, under any of its names; empty for an argument that is not in it. */
  readonly spans: readonly PassageSpan[];
}

export interface ExtractedRelation {
  readonly documentId: string;
  readonly scheme: string;
  readonly relation: string;
  readonly head: Argument;
  readonly tail: Argument;
  /**
   * Of the relation's sentence under the model, given what it had written before: the product over its tokens, in (0, 1]. Ranked: among
   * all relations that the window allows; or, with a calibration map, the share of right ones on validation, in [0, 1].
   */
  readonly probability: number;
  /** The sentence that names both, or two neighbouring ones, with both marked; null where there is none. */
  readonly evidence: Evidence | null;
  /** The model's name. */
  readonly model: string;
  /** First 16 digits of a hash over model, scheme and decoding with its rule and map: equal pipelines give equal relations. */
  readonly pipeline: string;
}

export interface DocumentRelations {
  readonly document: Document;
  readonly scheme: string;
  /** Where several were looked for at once: all of them, `scheme` being the first. */
  readonly schemes?: readonly string[];
  /** As its relations have it; of several schemes the first one's. */
  readonly pipeline: string;
  /** Most probable first. */
  readonly relations: readonly ExtractedRelation[];
  /** Relations of which an argument is not in the document; kept out of `relations` unless asked for. */
  readonly unanchored: number;
  /** Windows the text was cut into; more than 1 for a text longer than the model reads at once, or for one read by sentences. */
  readonly windows: number;
  /** Windows whose answer hit the token limit before its end. */
  readonly cutAnswers: number;
}

export interface ExtractOptions {
  readonly scheme: RelationScheme;
  /** Hypotheses of the search. Default 1: greedy, as the original; with `ranked` 16, and at least 2. */
  readonly beams?: number | undefined;
  /** Most generated tokens of a window. Default 375, the longest target of BioGPT's recipes. */
  readonly maxNewTokens?: number | undefined;
  /** Leaves out relations under this probability, as it is written: calibrated, where `keep` has a map. Default 0: keeps all. */
  readonly threshold?: number | undefined;
  /** Keeps relations whose arguments are not in the document, with empty spans. Default false. */
  readonly keepUnanchored?: boolean | undefined;
  /** Documents in work at the same time. Default 8. */
  readonly concurrency?: number | undefined;
  /** Drafted tokens a step, exact for greedy decoding (same tokens, fewer steps). Default 8; 0 turns it off. */
  readonly draftTokens?: number | undefined;
  /** Restricts what a window's answer may say, given its source ids and where they stand; for a model that reads sentences it should allow none. */
  readonly constraint?: ((sourceIds: readonly number[], places: SourcePlaces) => Constraint) | undefined;
  /**
   * Ranks candidate relations in place of writing one answer (candidate-ranking.ts); `constraint`, `maxNewTokens`, `draftTokens` and `keepUnanchored`
   * are then refused. Default false.
   */
  readonly ranked?: boolean | undefined;
  /**
   * Keeps of each window what the rule says of raw probabilities (of the document, for a model that reads sentences); it may keep none.
   * With a calibration map the calibrated ones are written. Default: all, but half of the best one's probability in ranked decoding.
   */
  readonly keep?: DecisionRule | undefined;
  /** Called in the place of a document that failed, which is then left out. Default: its error is thrown. */
  readonly onProblem?: ((error: BiogptError, document: Document) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LONGEST_ANSWER = 375;
/** Room that a window must leave for the answer. */
const LEAST_ANSWER = 64;

/**
 * Relations of each document, in the order of the documents. When the documents break off with an error, those before it come first.
 *
 * @throws BiogptError `tasks/not-fine-tuned`, `tasks/option`, `tasks/no-room`, `generation/…`, `aborted`
 */
export async function* extractRelations(
  model: Model,
  documents: AsyncIterable<Document> | Iterable<Document>,
  options: ExtractOptions,
): AsyncGenerator<DocumentRelations, void, void> {
  checkModel(model, options.scheme);
  roomForText(model); // told before any document
  checkRanked(options);
  const pipeline = pipelineHash(model, options);
  const { concurrency = 8, signal, onProblem } = options;
  const work = (document: Document, stop: AbortSignal): Promise<DocumentRelations | Failed> =>
    extractDocument(model, document, { ...options, signal: stop }, pipeline).catch((error: unknown) => {
      if (onProblem === undefined || !(error instanceof BiogptError) || error.kind === "aborted") throw error;
      return { document, error };
    });
  for await (const result of mapInOrder(documents, work, { concurrency, signal })) {
    if ("error" in result) onProblem!(result.error, result.document);
    else yield result;
  }
}

interface Failed {
  readonly document: Document;
  readonly error: BiogptError;
}

/** @throws BiogptError `tasks/not-fine-tuned` when the model has no learned prompt, and its folder names no task */
function checkModel(model: Model, scheme: RelationScheme): void {
  if (isFineTuned(model)) return;
  throw new BiogptError("tasks/not-fine-tuned", {
    what: `${model.name} has no learned prompt tokens, so it was not fine-tuned to write ${scheme.name} relations.`,
    why: "A relation model reads the text, then its learned prompt, and then writes the relations.",
    fix: "Name a fine-tuned model with --model, or leave it out to use the embedded one.",
  });
}

function checkRanked(options: ExtractOptions): void {
  if (options.ranked !== true) return;
  const idle = (["constraint", "maxNewTokens", "draftTokens", "keepUnanchored"] as const).find(
    (name) => options[name] !== undefined,
  );
  if (idle === undefined) return;
  throw new BiogptError("tasks/option", {
    what: `${idle} has no effect in ranked decoding.`,
    why: "It searches single relations of the text's own words, each of which ends by itself.",
    fix: "Leave it out.",
  });
}

interface SourceWindow {
  readonly source: readonly number[];
  readonly places: SourcePlaces;
}

interface WindowAnswer {
  readonly said: readonly CandidateRelation[];
  readonly cut: boolean;
}

async function rankedAnswer(
  model: Model,
  { source, places }: SourceWindow,
  unit: InputUnit,
  { scheme, beams, signal }: ExtractOptions,
): Promise<WindowAnswer> {
  const ofSentence = unit === "sentence" ? { allowEmpty: true, least: LEAST_OF_SENTENCE } : {};
  const options = { beams, signal, places, ...ofSentence };
  return { said: await rankCandidates(model, promptOf(model, source), source, scheme, options), cut: false };
}

/** What the rule keeps: of each window by itself, or of all sentences of a document together. */
function keptCandidates(
  said: readonly (readonly CandidateRelation[])[],
  unit: InputUnit,
  { scheme, ranked = false, keep = ranked ? DEFAULT_DECISION_RULE : undefined }: ExtractOptions,
): readonly (readonly CandidateRelation[])[] {
  if (keep === undefined) return said;
  const lists =
    unit === "sentence" ? [pooledCandidates(said, scheme)] : said.map((one) => pooledCandidates([one], scheme));
  return lists.map((list) => list.slice(0, keptCount(list, keep)));
}

function promptOf({ tokenizer }: Model, source: readonly number[]): number[] {
  return [...promptBegin(tokenizer), ...source, ...tokenizer.learnedIds];
}

async function answerOfWindow(
  model: Model,
  { source, places }: SourceWindow,
  { scheme, signal, constraint, ...options }: ExtractOptions,
): Promise<WindowAnswer> {
  const prompt = promptOf(model, source);
  const longest = Math.min(options.maxNewTokens ?? LONGEST_ANSWER, model.decoder.maxLength - prompt.length);
  const beams = options.beams ?? 1;
  const [[answer] = []] = await model.generate([prompt], {
    maxNewTokens: longest,
    ...(beams > 1 ? { beams, earlyStopping: true } : { draftTokens: options.draftTokens ?? 8 }),
    ...(constraint === undefined ? {} : { constraint: constraint(source, places) }),
    signal,
  });
  throwIfAborted(signal); // an answer cut short by the user says nothing about the document
  const said = answerParts(answer!, model).flatMap(({ text, probability }) =>
    scheme.template
      .parse(text) //        nothing for a sentence of another shape
      .slice(0, 1)
      .map((triple) => ({ ...triple, probability })),
  );
  return { said, cut: answer!.finishReason === "length" };
}

async function extractDocument(
  model: Model,
  document: Document,
  options: ExtractOptions,
  pipeline: string,
): Promise<DocumentRelations> {
  const { scheme, threshold = 0, keepUnanchored = false, ranked = false, keep } = options;
  const map = keep?.calibration;
  const content = scheme.content(document);
  const { unit } = inputOf(model);
  const contents = unit === "sentence" ? sentenceSources(document, scheme).map((one) => one.content) : [content];
  const windows = contents.flatMap((one) => windowsOf(one, model, scheme));
  const answers = await Promise.all(
    windows.map((window) =>
      ranked ? rankedAnswer(model, window, unit, options) : answerOfWindow(model, window, options),
    ),
  );
  const kept = keptCandidates(
    answers.map(({ said }) => said),
    unit,
    options,
  );

  const names = documentNames(document);
  const anchors = { document, content, names };
  const best = new Map<string, { readonly relation: ExtractedRelation; readonly raw: number }>();
  let unanchored = 0;
  for (const said of kept) {
    for (const triple of said) {
      const { probability: raw } = triple;
      const probability = map === undefined ? raw : calibrated(map, raw);
      const head = argumentOf(triple.head, scheme.headType, anchors);
      const tail = argumentOf(triple.tail, scheme.tailType, anchors);
      if (head.spans.length === 0 || tail.spans.length === 0) {
        unanchored++;
        if (!keepUnanchored) continue;
      }
      if (probability < threshold) continue;
      const key = relationKey(triple, names, scheme.symmetric);
      if (key === undefined || (best.get(key)?.raw ?? -1) >= raw) continue;
      const evidence = findEvidence(document, head.spans, tail.spans);
      const about = { documentId: document.id, scheme: scheme.name, relation: triple.relation };
      const relation = { ...about, head, tail, probability, evidence, model: model.name, pipeline };
      best.set(key, { relation, raw });
    }
  }
  return {
    ...{ document, scheme: scheme.name, pipeline },
    relations: [...best.values()].sort((a, b) => b.raw - a.raw).map(({ relation }) => relation), // a map's step makes some equal
    unanchored,
    windows: windows.length,
    cutAnswers: answers.filter(({ cut }) => cut).length,
  };
}

/**
 * Tokens of a text that fit beside prompt and answer.
 *
 * @throws BiogptError `tasks/no-room` for a context that holds prompt and answer, and no text
 */
function roomForText({ name, tokenizer, decoder }: Model): number {
  const room = decoder.maxLength - promptBegin(tokenizer).length - tokenizer.learnedIds.length - LEAST_ANSWER;
  if (room >= 1) return room;
  throw new BiogptError("tasks/no-room", {
    what: `${name} has a context of ${decoder.maxLength} tokens, of which prompt and answer need ${decoder.maxLength - room}.`,
    fix: `Load it with a context of at least ${decoder.maxLength - room + 1} tokens; the usual one is the model's own.`,
  });
}

/** What the model reads at once. */
function windowsOf(content: Content, model: Model, scheme: RelationScheme): SourceWindow[] {
  const { text } = content;
  const encoded = model.tokenizer.encodeWithOffsets(text);
  const most = Math.min(scheme.maxSourceTokens, roomForText(model));
  const sentenceStarts = splitSentences(text).map(({ start }) => start);
  return cutIntoWindows(encoded, sentenceStarts, most).map(({ start, end }) => ({
    source: [...encoded.ids.subarray(start, end)],
    places: { content, starts: encoded.starts.subarray(start, end), ends: encoded.ends.subarray(start, end) },
  }));
}

interface Anchors {
  readonly document: Document;
  readonly content: Content;
  readonly names: DocumentNames;
}

function argumentOf(generated: string, type: string, { document, content, names }: Anchors): Argument {
  const own = anchorArgument(generated, document, content);
  const first = own[0];
  if (first === undefined) return { text: generated, type, otherNames: [], spans: [] };
  const otherNames = names.othersOf(generated);
  const others = otherNames
    .flatMap((name) => anchorArgument(name, document, content))
    .filter((span) => !own.some((one) => overlap(one, span)));
  const spans = [...own, ...others].sort((a, b) => a.passage - b.passage || a.start - b.start);
  const text = document.passages[first.passage]!.text.slice(first.start, first.end);
  return { text, type, otherNames, spans };
}

function overlap(a: PassageSpan, b: PassageSpan): boolean {
  return a.passage === b.passage && a.start < b.end && b.start < a.end;
}

/** The same for all writings of one relation, by whichever names; undefined for one of a thing with itself. */
function relationKey(
  { head, tail, relation }: RelationTriple,
  names: DocumentNames,
  symmetric: boolean,
): string | undefined {
  const pair = [names.keyOf(head), names.keyOf(tail)];
  if (pair[0] === pair[1]) return undefined;
  return JSON.stringify([relation, ...(symmetric ? pair.sort() : pair)]);
}

function pipelineHash(model: Model, options: ExtractOptions): string {
  const {
    scheme,
    ranked = false,
    beams = ranked ? DEFAULT_RANKED_BEAMS : 1,
    maxNewTokens = LONGEST_ANSWER,
    threshold = 0,
    keepUnanchored = false,
    constraint,
    keep = ranked ? DEFAULT_DECISION_RULE : undefined,
  } = options;
  const decoding = [
    ...[beams, maxNewTokens, threshold, keepUnanchored, constraint?.name ?? null],
    ...(keep === undefined ? [] : [ranked, keep.threshold ?? null, keep.share ?? null, keep.most ?? null]),
    ...(keep?.calibration === undefined ? [] : [keep.calibration.steps]),
    ...(inputOf(model).unit === "document" ? [] : ["sentence"]),
  ];
  const labels = Object.hasOwn(RELATION_SCHEMES, scheme.name) ? [] : [scheme.relations]; // a user's name says little
  return createHash("sha256")
    .update(JSON.stringify(["extract/1", model.hash, scheme.name, scheme.template.name, decoding, ...labels]))
    .digest("hex")
    .slice(0, 16);
}
