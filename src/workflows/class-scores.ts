/** Logits of a classifier's or a tagger's own head for lists of ids, as `biogpt classify --ids` and `biogpt entities --ids` give them. */
import { BiogptError } from "../base/errors.ts";
import { inGroups } from "../base/in-groups.ts";
import type { HeadLayout } from "../models/family.ts";
import { openClassScorer } from "../pretrained/heads/class-scores.ts";
import { type LoadSettings, openByName } from "./open-model.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

export interface ClassScoreSettings {
  /** Name or folder of a model with a head of classes. */
  readonly model: string;
  /** How it is opened. Default: weights in `fp32`. */
  readonly load?: LoadSettings | undefined;
  /** What the head must be: one that reads a whole sequence, or one that reads each token. Default: either. */
  readonly kind?: HeadLayout["kind"] | undefined;
}

export interface ClassScores {
  /** Of a classifier one vector, of a tagger one for each id. */
  readonly logits: readonly number[] | readonly (readonly number[])[];
}

const GROUP = 32;

/**
 * The logits of each list of ids, in their order, which are used as they are. A classifier's are read at the last id that is no padding.
 *
 * @throws BiogptError `pretrained/ids`, `pretrained/no-classes`, `tasks/wrong-model` for a head of the other kind, `aborted`
 */
export async function* classScores(
  sequences: Iterable<readonly number[]> | AsyncIterable<readonly number[]>,
  { model, load, kind }: ClassScoreSettings,
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): AsyncGenerator<ClassScores, void, void> {
  const { signal } = context;
  using scorer = await openByName(model, load, context, openClassScorer);
  const { kind: found, classes } = scorer.model;
  if (kind !== undefined && kind !== found) {
    const [is, command] = found === "tokens" ? ["a tagger", "entities"] : ["a classifier", "classify"];
    throw new BiogptError("tasks/wrong-model", {
      what: `${model} is ${is}.`,
      fix: `Ask it by \`biogpt ${command} --ids\`.`,
    });
  }
  let before = 0;
  for await (const group of inGroups(sequences, GROUP)) {
    for (const scores of await scorer.score(group, { signal, where: (at) => `List ${before + at + 1}` })) {
      const rows = Array.from({ length: scores.length / classes.length }, (_, row) => [
        ...scores.subarray(row * classes.length, (row + 1) * classes.length),
      ]);
      yield { logits: found === "tokens" ? rows : rows[0]! };
    }
    before += group.length;
  }
}
