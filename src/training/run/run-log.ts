/**
 * `log.jsonl` of a run: one JSON object for each update or evaluation, in order of steps.
 *
 * A run that was killed may have logged updates after its last checkpoint; going on from there drops them, so that the log never tells
 * of a step twice.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { BiogptError } from "../../base/errors.ts";
import { throwIfDiskFull, writeWhole } from "../../files/disk.ts";
import type { Evaluation } from "./evaluate.ts";

/** One update. */
export interface UpdateRecord {
  /** Updates done, this one included. */
  readonly step: number;
  /** Mean nats a token. */
  readonly loss: number;
  readonly learningRate: number;
  /** Norm of the mean gradient, before clipping. */
  readonly gradientNorm: number;
  /** Tokens trained on since the start of the run. */
  readonly tokens: number;
  /** Of this update. */
  readonly tokensPerSecond: number;
  /** Passes over the data. */
  readonly epoch: number;
  /** Spent training since the start of the run, over all its resumptions. */
  readonly seconds: number;
}

export interface EvaluationRecord {
  readonly step: number;
  readonly tokens: number;
  readonly heldOut: Evaluation;
}

export type LogRecord = UpdateRecord | EvaluationRecord;

export class RunLog {
  readonly #path: string;
  readonly records: LogRecord[];

  private constructor(path: string, records: LogRecord[]) {
    this.#path = path;
    this.records = records;
  }

  /** Opens a log and drops what came after `step`. @throws BiogptError `training/broken-log` */
  static async open(path: string, step: number): Promise<RunLog> {
    if (!existsSync(path)) return new RunLog(path, []);
    const lines = readFileSync(path, "utf8").split("\n");
    if (lines.at(-1) !== "") lines.pop(); // cut off by a kill in the middle of a line
    const kept: string[] = [];
    const records: LogRecord[] = [];
    for (const [i, line] of lines.entries()) {
      if (line === "") continue;
      let record: LogRecord;
      try {
        record = JSON.parse(line) as LogRecord;
      } catch (error) {
        throw new BiogptError("training/broken-log", {
          what: `Line ${i + 1} of ${path} is no JSON.`,
          fix: "Correct or delete the line; the checkpoints do not depend on it.",
          cause: error,
        });
      }
      if (record.step > step) continue;
      kept.push(line);
      records.push(record);
    }
    await writeWhole(path, kept.map((line) => `${line}\n`).join(""));
    return new RunLog(path, records);
  }

  add(record: LogRecord): void {
    this.records.push(record);
    try {
      appendFileSync(this.#path, `${JSON.stringify(record)}\n`);
    } catch (error) {
      throwIfDiskFull(error, `writing ${this.#path}`);
      throw error;
    }
  }
}
