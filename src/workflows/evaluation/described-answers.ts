/**
 * A model's answers to questions about molecules and proteins, written to a table as they come, so that a long run goes on where it stopped.
 *
 * A model with an encoder is shown the molecule or the protein; of the others one with a chat format is asked in it, and one without is given question and
 * SMILES or residues as text, which is what it can read.
 */
import { existsSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { DescribedRecord } from "../../corpora/tasks/described.ts";
import { type DescribedOutput, joinTruths, readPredictions } from "../../corpora/tasks/described-predictions.ts";
import { embedChatPrompt, readChatPrompt } from "../../pretrained/chat/chat-prompt.ts";
import { usualRenderer } from "../../pretrained/chat/renderer.ts";
import type { EmbeddedPrompt, Model, Prompt } from "../../pretrained/model.ts";
import { encodePrompt } from "../../tokenizers/chat/encode-prompt.ts";
import { chatFormat } from "../../tokenizers/chat/formats.ts";
import type { KnownDescriptions } from "../known-descriptions.ts";
import { type ProgressEvent, progressEvents, type WorkflowContext } from "../workflow.ts";

export interface DescribedAnswersOptions {
  /** Most tokens of an answer. */
  readonly maxNewTokens: number;
  /** Hypotheses of the search; 1 is greedy. */
  readonly beams: number;
  /** Questions in work at once. */
  readonly batch: number;
  /** Table to which each answer is written, and of which those of an earlier run are taken. */
  readonly save?: string | undefined;
}

export interface AnsweredRecords {
  readonly outputs: readonly DescribedOutput[];
  /** Records that the model could not take, too long or no molecule: their outputs are empty, and count as such. */
  readonly refused: number;
}

/** Of a model, by the name that is stored beside each answer. */
export interface Answerer {
  /** Tells one model and way of asking from others. */
  readonly hash: string;
  readonly answer: (records: readonly DescribedRecord[], signal: AbortSignal | undefined) => Promise<string[]>;
}

/** Answers by text alone: SMILES and residues are spelt to the model. */
export function textAnswerer(model: Model, { maxNewTokens, beams }: DescribedAnswersOptions): Answerer {
  const format = model.family.chatFormat === undefined ? undefined : chatFormat(model.family.chatFormat);
  const stop = format?.stops ?? ["\n"];
  return {
    hash: `${model.hash.slice(0, 16)}-${maxNewTokens}-${beams}`,
    async answer(records, signal) {
      const prompts = records.map((record): Prompt => {
        const text = spelt(record);
        if (format === undefined) return `${text} Answer:`;
        const parts = encodePrompt(model.tokenizer, format.render([{ role: "user", content: text }]));
        return parts.flatMap((part) => ("ids" in part ? [...part.ids] : []));
      });
      return bestLines(model, prompts, { maxNewTokens, beams, stop, signal });
    },
  };
}

interface BestLineSettings extends Pick<DescribedAnswersOptions, "maxNewTokens" | "beams"> {
  readonly stop: readonly string[];
  readonly signal: AbortSignal | undefined;
}

async function bestLines(
  model: Model,
  prompts: readonly (Prompt | EmbeddedPrompt)[],
  { beams, signal, ...settings }: BestLineSettings,
): Promise<string[]> {
  const generated = await model.generate(prompts, { ...settings, signal, ...(beams > 1 ? { beams } : {}) });
  throwIfAborted(signal);
  return generated.map(([best]) => oneLine(best!.text));
}

/** Answers of a model that reads molecules or proteins, asked in its own format. */
export function attachedAnswerer(model: Model, { maxNewTokens, beams }: DescribedAnswersOptions): Answerer {
  return {
    hash: `${model.hash.slice(0, 16)}-attached-${maxNewTokens}-${beams}`,
    async answer(records, signal) {
      const renderer = await usualRenderer(model);
      const prompts: (Prompt | EmbeddedPrompt)[] = [];
      for (const { kind, input, question } of records) {
        const attachments = [{ kind, text: input }];
        const read = await readChatPrompt(model, renderer, [{ role: "user", content: question, attachments }]);
        prompts.push(await embedChatPrompt(model, read, signal));
      }
      return bestLines(model, prompts, { maxNewTokens, beams, stop: renderer.stops, signal });
    },
  };
}

/** What is known of relatives answers first; another answerer what it does not know, or nobody: then its output is empty. */
export function knownAnswerer(known: KnownDescriptions, other?: Answerer): Answerer {
  const own = known.hash.slice(0, 16);
  return {
    hash: other === undefined ? own : `${other.hash}-${own}`,
    async answer(records, signal) {
      const found = await Promise.all(
        records.map(({ kind, input, question }) => known.find(question, { kind, text: input })),
      );
      throwIfAborted(signal);
      const rest = records.filter((_, at) => found[at] === undefined);
      const others = rest.length === 0 || other === undefined ? [] : await other.answer(rest, signal);
      return found.map((one) => (one === undefined ? (others.shift() ?? "") : oneLine(one.text)));
    },
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function spelt({ kind, input, question }: DescribedRecord): string {
  return `${kind === "molecule" ? "SMILES" : "Protein"}: ${input} Question: ${question}`;
}

/** @throws BiogptError `evaluation/option` for a table of another model, those of `Model.generate`, `aborted` */
export async function describedAnswers(
  records: readonly DescribedRecord[],
  { hash, answer }: Answerer,
  { batch, save }: DescribedAnswersOptions,
  { signal, onEvent }: WorkflowContext<ProgressEvent> = {},
): Promise<AnsweredRecords> {
  const done = new Map<string, string>();
  let refused = 0;
  if (save !== undefined) {
    for (const { record, output } of await earlier(save, records, hash)) done.set(keyOf(record), output);
    if (!existsSync(save)) await writeFile(save, `${HEADER.join("\t")}\n`);
  }
  const progress = progressEvents(onEvent);
  const left = records.filter((record) => !done.has(keyOf(record)));
  const activity = done.size === 0 ? "answering" : `answering (${done.size} were there)`;
  for (let at = 0; at < left.length; at += batch) {
    throwIfAborted(signal);
    const part = left.slice(at, at + batch);
    const outputs = await answer(part, signal).catch(async (error: unknown) => {
      if (!isOfInput(error)) throw error;
      const singly: string[] = [];
      for (const record of part) {
        const [output] = await answer([record], signal).catch((own: unknown) => {
          if (!isOfInput(own)) throw own;
          refused++;
          return [""];
        });
        singly.push(output!);
      }
      return singly;
    });
    for (const [i, record] of part.entries()) done.set(keyOf(record), outputs[i]!);
    if (save !== undefined) await appendFile(save, part.map((record, i) => line(record, outputs[i]!, hash)).join(""));
    progress?.({ activity, done: at + part.length, total: left.length, unit: "questions" });
  }
  return { outputs: records.map((record) => ({ record, output: done.get(keyOf(record))! })), refused };
}

/** Whether it is what was asked that the model cannot take: too long for its context, or no molecule at all. */
function isOfInput(error: unknown): boolean {
  if (!(error instanceof BiogptError)) return false;
  return /^(?:generation\/(?:prompt-too-long|cache-memory)$|molecules\/(?!no-rdkit))/.test(error.code);
}

const HEADER = ["id", "input", "question", "ground truth", "output", "model"] as const;

function keyOf({ id, input, question }: DescribedRecord): string {
  return `${id}\n${input}\n${question}`;
}

function line({ id, input, question, answer }: DescribedRecord, output: string, hash: string): string {
  const cells = [id, input, question, answer, output].map((cell) => cell.replace(/[\t\r\n]+/g, " "));
  return `${[...cells, hash].join("\t")}\n`;
}

/** A last line that a kill cut off is written anew. */
async function earlier(
  save: string,
  records: readonly DescribedRecord[],
  hash: string,
): Promise<readonly DescribedOutput[]> {
  if (!existsSync(save)) return [];
  const text = await readFile(save, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) await writeFile(save, whole);
  if (whole.trimEnd() === HEADER.join("\t")) return [];
  const predictions = readPredictions(whole, save);
  if (predictions.some(({ model }) => model !== hash)) {
    throw new BiogptError("evaluation/option", {
      what: `${save} holds outputs of another model, or of other settings.`,
      fix: "Name another file with --save, or delete it.",
    });
  }
  return joinTruths(predictions, { data: records, kind: "molecule", question: "" }, save);
}
