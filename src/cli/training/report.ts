/** What a training run tells on the terminal: a line now and then, one for each evaluation and checkpoint, and the end. */
import { basename } from "node:path";
import type { RunState } from "../../training/run/checkpointing.ts";
import type { EvaluationRecord, UpdateRecord } from "../../training/run/run-log.ts";
import { formatAmount, formatDuration, type Terminal } from "../terminal.ts";

/** Between lines about updates, milliseconds: a log of a night stays readable. */
const INTERVAL = 30_000;

export interface Reporter {
  update(record: UpdateRecord): void;
  evaluation(record: EvaluationRecord): void;
  checkpoint(folder: string): void;
  end(state: RunState, how: RunEnd): Promise<void>;
}

export interface RunEnd {
  /** As the user named it. */
  readonly out: string;
  readonly stoppedEarly: boolean;
  /** Checkpoints whose mean the run's model is; 0 for none. */
  readonly averaged: number;
  readonly json: boolean;
}

/** @param speaks false for all processes of a group but the first */
export function reporter(terminal: Terminal, steps: number, speaks: boolean): Reporter {
  let shown = Number.NEGATIVE_INFINITY;
  let [first, last]: (UpdateRecord | undefined)[] = [];
  let lastEvaluation: EvaluationRecord | undefined;
  const note = (line: string): void => {
    if (speaks) terminal.note(line);
  };
  return {
    update(record) {
      first ??= record;
      last = record;
      if (performance.now() - shown < INTERVAL && record.step !== steps) return;
      shown = performance.now();
      const done = record.step - first.step;
      const left =
        done === 0 ? "" : `, ${formatDuration(((record.seconds - first.seconds) / done) * (steps - record.step))} left`;
      note(
        `${record.step}/${steps}  loss ${record.loss.toFixed(4)}  rate ${record.learningRate.toExponential(2)}  norm ${record.gradientNorm.toFixed(3)}  ${formatAmount(record.tokensPerSecond, "tokens/s")}${left}`,
      );
    },
    evaluation(record) {
      lastEvaluation = record;
      const { loss, perplexity, bitsPerCharacter, induction, metrics = {} } = record.heldOut;
      const parts = [`held-out ${loss.toFixed(4)} nats`, `perplexity ${perplexity.toFixed(2)}`];
      if (bitsPerCharacter !== undefined) parts.push(`${bitsPerCharacter.toFixed(4)} bits a character`);
      if (induction !== undefined) parts.push(`induction ${induction.score.toFixed(3)}`);
      for (const [name, value] of Object.entries(metrics)) parts.push(`${name} ${value.toFixed(4)}`);
      note(`${record.step}/${steps}  ${parts.join("  ")}`);
    },
    checkpoint(folder) {
      note(`checkpoint ${basename(folder)} written`);
    },
    async end(state, { out, stoppedEarly, averaged, json }) {
      if (json) {
        const { step, tokens, seconds, best } = state;
        await terminal.writeLine(
          JSON.stringify({
            run: out,
            step,
            tokens,
            seconds,
            best,
            loss: last?.loss ?? null,
            heldOut: lastEvaluation?.heldOut ?? null,
            stoppedEarly,
          }),
        );
        return;
      }
      const reason = stoppedEarly ? " (stopped early: the held-out loss no longer falls)" : "";
      note(
        `trained ${state.step} updates, ${formatAmount(state.tokens, "tokens")} in ${formatDuration(state.seconds)}${reason}`,
      );
      const which =
        averaged > 0
          ? `the mean of ${averaged} checkpoints`
          : state.best === null
            ? "the last model"
            : `the best model (update ${state.best.step})`;
      note(`${which}: --model ${out}`);
    },
  };
}
