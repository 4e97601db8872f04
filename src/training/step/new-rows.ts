/**
 * Soft prompts as prompt tuning has them: of the token table only the prompt's new rows are trained, everything else is frozen.
 *
 * The table is a trained parameter, head and all, but the gradient of its old rows is cleared before each update. With no gradient, zero
 * moments and no decay, AdamW leaves them to the bit as they are. Source: arXiv:2104.08691; the rows are BioGPT's learned1…N.
 */
import type { TrainingStep } from "./training-step.ts";

/** Clears the gradient of a table's first `rows` rows. */
export async function clearOldRows(step: TrainingStep, table: string, rows: number): Promise<void> {
  const place = step.trained.find(({ name }) => name === table);
  if (place === undefined) return;
  const gradients = await step.gradientBuffer();
  gradients.fill(0, place.offset, place.offset + rows * place.shape[1]!);
  await step.writeBack("gradients", gradients);
}
