/** Descriptions of drugs, diseases or genes, as `biogpt describe` writes them. */
import { compareDescriptions, type DescriptionComparison } from "../evaluation/describe.ts";
import type { Model } from "../pretrained/model.ts";
import {
  DESCRIPTION_WARNING,
  type DescribeOptions,
  type Description,
  describeTerms,
} from "../tasks/description/describe.ts";
import { descriptionPrompts } from "../tasks/description/prompts.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export type DescribeSettings = Pick<DescribeOptions, "kind" | "beams" | "maxNewTokens" | "blockRepeatedNgrams">;

export interface ModelDescription extends Description {
  readonly model: string;
  readonly modelHash: string;
  /** To be shown with every description. */
  readonly warning: string;
}

/** Hypotheses of the search where nothing is said. */
const USUAL_BEAMS = 5;

/**
 * Describes terms, with the command's defaults. A language model writes from memory and errs.
 *
 * @throws BiogptError `tasks/term`, `tasks/term-kind`, `generation/…`, those of `loadModel`, `aborted`
 * @example
 *     import { describe } from "biogpt/workflows";
 *
 *     const [{ text, warning }] = await describe(["Bicalutamide"], { kind: "drug" });
 */
export async function describe(
  terms: readonly string[],
  { model: asked, load, ...settings }: DescribeSettings & ModelSettings = {},
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<ModelDescription[]> {
  const options = checked(terms, settings, context);
  using opened = await open(asked, load, settings, context);
  const { model } = opened;
  const named = { model: model.name, modelHash: model.hash, warning: DESCRIPTION_WARNING };
  return (await describeTerms(model, terms, options)).map((description) => ({ ...description, ...named }));
}

/** The same of two models side by side, each judged by the other. @throws BiogptError as `describe` */
export async function describeByTwo(
  terms: readonly string[],
  {
    model: asked,
    other: second,
    load,
    ...settings
  }: DescribeSettings & ModelSettings & { readonly other: string | Model },
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<DescriptionComparison> {
  const options = checked(terms, settings, context);
  using one = await open(asked, load, settings, context);
  using other = await open(second, load, settings, context);
  return await compareDescriptions([one.model, other.model], terms, options);
}

/** Slips are told before a model is loaded. */
function checked(
  terms: readonly string[],
  settings: DescribeSettings,
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent>,
): DescribeOptions {
  for (const term of terms) descriptionPrompts(term, settings.kind);
  return { ...settings, signal, progress: progressEvents(onEvent) };
}

async function open(
  model: string | Model | undefined,
  load: ModelSettings["load"],
  { beams = USUAL_BEAMS }: DescribeSettings,
  context: WorkflowContext<NoteEvent | ProgressEvent>,
): Promise<{ readonly model: Model } & Disposable> {
  return (await findModel(model, load, context)).open(Math.max(16, 3 * beams + 1));
}
