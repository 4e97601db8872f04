/**
 * A model with real weights that writes relations, for tests of how it is asked.
 *
 * It was fine-tuned on BC5CDR. For another scheme its folder only says so: all that is done with an answer is done, and what the answer says
 * is nonsense.
 */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../files/scratch.fixture.ts";

export const WRITER: string = fileURLToPath(
  new URL("../../../test/fixtures/models/biogpt-mini-bc5cdr", import.meta.url),
);

const STEPS = [
  { from: 0, value: 0.125 },
  { from: 1e-5, value: 0.5 },
];

/** A folder of the writer, named after the scheme: it reads sentences and ranks, with a rule and a map for probabilities. */
export function writerOf(scheme: "drug-drug" | "drug-target"): string {
  const folder = join(temporaryFolder(), `writer-${scheme}`);
  cpSync(WRITER, folder, { recursive: true });
  const rule = { share: 0.3, calibration: { steps: STEPS } };
  const task = { format: "biogpt-task/1", schemes: [scheme], inputUnit: "sentence" };
  writeFileSync(join(folder, "task.json"), JSON.stringify({ ...task, decisionRules: { [scheme]: { ranked: rule } } }));
  return folder;
}
