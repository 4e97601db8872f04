/** A copy of a model in another element type, or quantised: what `biogpt convert` does. */
import { resolveModel } from "../pretrained/hub/hub.ts";
import { type Conversion, type ConvertedType, convertFolder } from "../pretrained/save/convert-folder.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface ConvertOptions {
  /** fp32, bf16 and fp16: safetensors that transformers loads too. q8 and q4: linear maps in codes; packed: eight bits on the disk alone; for this package. */
  readonly dtype: ConvertedType;
  /** Folder to make. */
  readonly out: string;
  /** Never uses the network. Default false. */
  readonly offline?: boolean | undefined;
}

/**
 * Streams: memory stays at megabytes whatever the model's size. A run that was stopped is gone on with by running it again.
 *
 * @param model an embedded model's name, a folder or weight file (an adapter's too), or a Hugging Face name
 * @throws BiogptError those of `convertFolder` and `resolveModel`, `aborted`
 * @example
 *     const { folder, bytes } = await convert("PharMolix/BioMedGPT-LM-7B", { dtype: "q4", out: "biomedgpt-lm-q4" });
 */
export async function convert(
  model: string,
  { dtype, out, offline }: ConvertOptions,
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<Conversion> {
  const progress = progressEvents(onEvent);
  const common = { signal, progress };
  const path = await resolveModel(model, { ...common, ...(offline === undefined ? {} : { offline }) });
  const conversion = await convertFolder(path, { ...common, dtype, out }).catch((error: unknown) => {
    if (signal?.aborted === true)
      onEvent?.({ type: "note", text: "What is done is kept: the same command goes on from there." });
    throw error;
  });
  if (conversion.resumed > 0)
    onEvent?.({ type: "note", text: `note: ${conversion.resumed} tensors were there from a run that was stopped.` });
  return conversion;
}
