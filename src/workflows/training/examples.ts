/** Fine-tuning data: a JSON Lines file of {"source", "target"} to the sequences that are trained on. */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import { buildTaskSequence, ellipsisOf, maxTargetTokens } from "../../tasks/sequence.ts";
import { promptBegin, type Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TrainingSequence } from "../../training/data/training-sequence.ts";
import { IGNORED_LABEL } from "../../training/step/training-step.ts";

export interface ExampleOptions {
  readonly tokenizer: Tokenizer;
  /** Ids of the learned tokens between source and target. */
  readonly prompt: readonly number[];
  readonly maxSource: number;
  readonly maxPositions: number;
  readonly tooLong: "error" | "truncate";
  readonly loss: "all" | "target";
  /** Reads a line of another form. Default: {source, target}. */
  readonly parse?: ParseLine;
  /** Shortens a source before it is counted. @throws BiogptError for one that it cannot */
  readonly shorten?: (example: LineExample) => string;
  readonly signal?: AbortSignal | undefined;
}

/** The examples of one line of a file. */
export type ParseLine = (text: string, place: LinePlace) => readonly LineExample[];

export interface LinePlace {
  readonly path: string;
  readonly line: number;
}

export interface LineExample {
  readonly source: string;
  readonly target: string;
  /** Whether an empty target is to be learnt. Default false: the example is then left out, as in the paper's recipes. */
  readonly mayBeEmpty?: boolean;
  /** For messages. */
  readonly name: string;
}

export interface Examples {
  readonly sequences: readonly TrainingSequence[];
  /** Examples with an empty target, which are left out as in the paper's recipes. */
  readonly withoutTarget: number;
  /** Examples of which source or target was cut. */
  readonly cut: number;
}

/**
 * Other fields than source, target and id are left unread.
 *
 * @throws BiogptError `training/bad-example` naming the line, `training/example-too-long`, `training/empty-corpus`
 */
export async function readExamples(path: string, options: ExampleOptions): Promise<Examples> {
  const { tokenizer, prompt, maxSource, maxPositions, tooLong, loss, signal } = options;
  const limits = { maxSourceTokens: maxSource, maxPositions };
  const special = { endId: tokenizer.endId, begin: promptBegin(tokenizer), ellipsisId: ellipsisOf(tokenizer) };
  const mostTarget = maxTargetTokens(limits, { ids: prompt });
  if (mostTarget < 2) {
    throw new BiogptError("training/settings", {
      what: `A source of ${maxSource} tokens and ${prompt.length} prompt tokens leave no room for a target in ${maxPositions} positions.`,
      fix: "Lower maxSource.",
    });
  }
  const sequences: TrainingSequence[] = [];
  let [withoutTarget, cut] = [0, 0];
  const { chunks } = await openBytes(path, { signal });
  for await (const { text, number } of readLines(path, chunks)) {
    if (text.trim() === "") continue;
    const place = { path, line: number };
    for (const example of options.parse?.(text, place) ?? [parseExample(text, place)])
      add(options.shorten === undefined ? example : { ...example, source: options.shorten(example) });
  }
  if (sequences.length === 0) {
    throw new BiogptError("training/empty-corpus", {
      what: `${path} holds no example with a target.`,
      fix: 'Give one {"source": …, "target": …} a line.',
    });
  }
  return { sequences, withoutTarget, cut };

  function add({ source, target, name, mayBeEmpty = false }: LineExample): void {
    if (target.trim() === "" && !mayBeEmpty) {
      withoutTarget++;
      return;
    }
    const [sourceIds, targetIds] = [tokenizer.encode(source), tokenizer.encode(target)];
    const built = buildTaskSequence(sourceIds, targetIds, { ids: prompt }, limits, special);
    if (built.sourceCut || built.targetCut) {
      if (tooLong === "error") {
        const part = built.sourceCut ? `source has ${sourceIds.length} tokens, at most ${maxSource}` : "";
        const other = built.targetCut ? `target has ${targetIds.length + 1} tokens, at most ${mostTarget}` : "";
        throw new BiogptError("training/example-too-long", {
          what: `${name}: its ${[part, other].filter((text) => text !== "").join(" and its ")} are taken.`,
          why: `Source, ${prompt.length} prompt tokens and target share ${maxPositions} positions.`,
          fix: "Split the text, move the limit with --max-source, or cut as the paper does with --too-long truncate.",
        });
      }
      cut++;
    }
    const labels = Int32Array.from(built.labels);
    if (loss === "target") labels.fill(IGNORED_LABEL, 0, built.targetStart);
    sequences.push({ name, inputs: built.inputs, labels, plannedLength: labels.length - prompt.length });
  }
}

function parseExample(text: string, { path, line }: LinePlace): LineExample {
  const where = `line ${line} of ${path}`;
  const refuse = (
    why: string,
    fix = 'A line is {"source": …, "target": …}, both texts; other fields are left unread.',
  ): never => {
    throw new BiogptError("training/bad-example", { what: `${where} is no example: ${why}.`, fix });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("it is not an object");
  const record = value as Record<string, unknown>;
  for (const name of ["source", "target"]) {
    if (typeof record[name] === "string") continue;
    const near = Object.keys(record).find((key) => didYouMean(key, [name]) !== "");
    refuse(
      record[name] === undefined ? `it has no "${name}"` : `its "${name}" is no text`,
      near === undefined ? undefined : `Rename "${near}" to "${name}".`,
    );
  }
  const { id } = record;
  const name = typeof id === "string" || typeof id === "number" ? `${id} (${where})` : where;
  return { source: record["source"] as string, target: record["target"] as string, name };
}
