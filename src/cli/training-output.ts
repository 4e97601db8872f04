/** What a training run tells on the terminal: a line now and then, one for each evaluation and checkpoint, and the end. */
import { basename } from "node:path";
import { formatAmount, formatDuration } from "../base/amounts.ts";
import type { EvaluationRecord, UpdateRecord } from "../training/run/run-log.ts";
import type { FinishedEvent, TrainingEvent } from "../workflows/training/training-events.ts";
import type { WorkflowContext } from "../workflows/workflow.ts";
import type { Terminal } from "./terminal.ts";
import { showEvent } from "./workflow-events.ts";

/** Between lines about updates, milliseconds: a log of a night stays readable. */
const INTERVAL = 30_000;

/**
 * Runs a training with its events on the terminal, then its result: as JSON, or in words. Of several processes only the first has any.
 */
export async function showTraining(
  terminal: Terminal,
  json: boolean | undefined,
  run: (context: WorkflowContext<TrainingEvent>) => Promise<unknown>,
): Promise<void> {
  let end: FinishedEvent | undefined;
  const onEvent = trainingListener(terminal, (event) => {
    end = event;
  });
  await run({ signal: terminal.signal, onEvent });
  if (end === undefined) return;
  if (json === true) await terminal.writeLine(JSON.stringify(end.result));
  else showEnd(terminal, end);
}

/** Shows the events of a training, or of several one after the other; what is shown of an end is the caller's. */
export function trainingListener(
  terminal: Terminal,
  onFinished: (event: FinishedEvent) => void,
): (event: TrainingEvent) => void {
  let shown = Number.NEGATIVE_INFINITY;
  return (event) => {
    switch (event.type) {
      case "progress":
      case "note":
        showEvent(event, terminal);
        break;
      case "update":
        if (performance.now() - shown < INTERVAL && event.record.step !== event.steps) break;
        shown = performance.now();
        terminal.note(updateLine(event.record, event.steps, event.secondsLeft));
        break;
      case "evaluation":
        terminal.note(evaluationLine(event.record, event.steps));
        break;
      case "checkpoint":
        terminal.note(`checkpoint ${basename(event.folder)} written`);
        break;
      case "finished":
        shown = Number.NEGATIVE_INFINITY;
        onFinished(event);
        break;
      default:
        event satisfies never;
    }
  };
}

/** The end of a training in words. */
export function showEnd(terminal: Terminal, end: FinishedEvent): void {
  for (const line of endLines(end)) terminal.note(line);
}

function updateLine(record: UpdateRecord, steps: number, secondsLeft: number | undefined): string {
  const { step, loss, learningRate, gradientNorm, tokensPerSecond } = record;
  const left = secondsLeft === undefined ? "" : `, ${formatDuration(secondsLeft)} left`;
  return `${step}/${steps}  loss ${loss.toFixed(4)}  rate ${learningRate.toExponential(2)}  norm ${gradientNorm.toFixed(3)}  ${formatAmount(tokensPerSecond, "tokens/s")}${left}`;
}

function evaluationLine({ step, heldOut }: EvaluationRecord, steps: number): string {
  const { loss, perplexity, bitsPerCharacter, induction, metrics = {} } = heldOut;
  const parts = [`held-out ${loss.toFixed(4)} nats`, `perplexity ${perplexity.toFixed(2)}`];
  if (bitsPerCharacter !== undefined) parts.push(`${bitsPerCharacter.toFixed(4)} bits a character`);
  if (induction !== undefined) parts.push(`induction ${induction.score.toFixed(3)}`);
  for (const [name, value] of Object.entries(metrics)) parts.push(`${name} ${value.toFixed(4)}`);
  return `${step}/${steps}  ${parts.join("  ")}`;
}

function endLines({ result, averaged }: FinishedEvent): string[] {
  const { step, tokens, seconds, best, stoppedEarly, run } = result;
  const reason = stoppedEarly ? " (stopped early: the held-out loss no longer falls)" : "";
  const which =
    averaged > 0
      ? `the mean of ${averaged} checkpoints`
      : best === null
        ? "the last model"
        : `the best model (update ${best.step})`;
  return [
    `trained ${step} updates, ${formatAmount(tokens, "tokens")} in ${formatDuration(seconds)}${reason}`,
    `${which}: --model ${run}`,
  ];
}
