/** Which of the models in the package does what, where a command is given none. */
import type { LabelMode } from "../tasks/label-scoring.ts";

/** The model that was fine-tuned on each relation scheme. */
export const RELATION_MODELS: Readonly<Partial<Record<string, string>>> = {
  "chemical-disease": "biogpt-mini-bc5cdr",
  "drug-drug": "biogpt-mini-ddi",
  "drug-target": "biogpt-mini-kd-dti",
};

const HALLMARK_MODEL = "biogpt-mini-hoc";
const ANSWER_MODEL = "biogpt-mini-pubmedqa";

/** For `classify` and `answer`; zero-shot asks the default model, which was fine-tuned on nothing. */
export function labelModel(command: "classify" | "answer", mode: LabelMode | undefined): string | undefined {
  if (mode === "zero-shot") return undefined;
  return command === "classify" ? HALLMARK_MODEL : ANSWER_MODEL;
}
