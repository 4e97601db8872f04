/** `evaluate relations`: a model on the user's own documents, scored by hard match. */
import { createHash, type Hash } from "node:crypto";
import { BiogptError } from "../../base/errors.ts";
import { evaluateOwnRelations, type OwnRelationsReport } from "../../evaluation/evaluate-relations.ts";
import { openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import type { GoldRelations, TaskExample } from "../../tasks/example.ts";
import { ownExample } from "../../tasks/relation-extraction/own-examples.ts";
import { schemeFor } from "../relation-scheme.ts";
import type { Terminal } from "../terminal.ts";
import { type ModelAnswerOptions, schemeAnswerer } from "./model-answers.ts";
import { writeRelationsReport } from "./report-file.ts";

export interface OwnEvaluationFlags extends ModelAnswerOptions {
  readonly model: string;
  readonly data: string;
  /** Default: the model's own. */
  readonly schema?: string;
  readonly skipUnanchored?: boolean;
  /** Path of an HTML page to write. */
  readonly report?: string;
  readonly draws: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** @throws BiogptError `evaluation/no-schema`, `evaluation/no-split` for a file without documents, `tasks/own-relations` */
export async function evaluateOwn(flags: OwnEvaluationFlags, terminal: Terminal): Promise<void> {
  const { model, data, schema, skipUnanchored = false, report: page } = flags;
  const bootstrap = { draws: flags.draws, seed: flags.seed };
  const { signal, progress } = terminal;
  const scheme = await schemeFor({ ...flags, ...(schema === undefined ? {} : { scheme: schema }) }, terminal);
  if (schema === undefined && scheme.task !== "relations") {
    throw new BiogptError("evaluation/no-schema", {
      what: `${model} was not fine-tuned on relations of your own, so it holds no schema.`,
      fix: "Name the schema with --schema, or the run folder of `biogpt finetune relations` with --model.",
      kind: "usage",
    });
  }
  const examples: TaskExample<GoldRelations>[] = [];
  let skipped = 0;
  const { chunks } = await openBytes(data, { signal });
  const hash = createHash("sha256");
  for await (const { text, number } of readLines(data, hashed(chunks, hash))) {
    if (text.trim() === "") continue;
    const { example, unanchored } = ownExample(text, { path: data, line: number }, { scheme, skipUnanchored });
    examples.push(example);
    skipped += unanchored;
  }
  if (examples.length === 0) {
    throw new BiogptError("evaluation/no-split", {
      what: `${data} holds no documents.`,
      fix: 'Give one {"text": …, "relations": […]} a line.',
    });
  }
  if (skipped > 0) terminal.note(`note: ${skipped} relations are left out, as an argument is not in the text`);
  using answers = await schemeAnswerer(model, flags, scheme, terminal);
  const evaluation = await evaluateOwnRelations(scheme, examples, answers.predict, {
    ...{ decoding: answers.decoding, concurrency: flags.batch ?? 8, bootstrap, signal, progress },
  });
  if (page !== undefined) {
    const run = [...answers.run, ["data", data], ["sha256 of the data", hash.digest("hex")]] as const;
    const leftOut =
      skipped > 0 ? [["relations left out", `${skipped}, as an argument is not in the text`] as const] : [];
    await writeRelationsReport(page, { scheme, evaluation, run: [...run, ...leftOut], bootstrap });
    terminal.note(`Wrote ${page}.`);
  }
  const { report } = evaluation;
  await (flags.json === true ? terminal.writeLine(JSON.stringify(report)) : terminal.write(table(report)));
}

/** The same bytes, unpacked if the file is packed, which `hash` sees as they pass. */
async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function table(report: OwnRelationsReport): string {
  const { scheme, decoding, documents, failed, seconds, confidence, inventedArguments, meanF1, byRelation } = report;
  const percent = (share: number): string => (100 * share).toFixed(2).padStart(8);
  const rows = [["all", report] as const, ...Object.entries(byRelation)].map(
    ([name, { precision, recall, f1 }]) =>
      `  ${name.padEnd(26)}${percent(precision)}${percent(recall)}${percent(f1)}\n`,
  );
  const interval =
    confidence === null
      ? ""
      : `  ${Math.round(100 * confidence.level)} % interval of the F1${percent(confidence.low)} to${percent(confidence.high)}\n`;
  return (
    `${scheme}, ${decoding}: ${documents} documents, ${failed} without a relation, ${seconds.toFixed(1)} s\n` +
    `${"".padEnd(28)}precision recall    F1\n${rows.join("")}${interval}` +
    `  mean F1 of documents${percent(meanF1)}, invented arguments${percent(inventedArguments)}\n`
  );
}
