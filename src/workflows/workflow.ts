/**
 * What every workflow is: `(options, { signal, onEvent }) => Promise<result>`.
 *
 * Options are one record with the command's names and defaults, the result is what the command's `--json` prints. A workflow prints
 * nothing and ends no process: what happens on the way is told in events, from which a command makes its lines, a server its stream.
 */
import { type Progress, RateMeter, type ReportProgress } from "../base/progress.ts";

/** How far a long piece of work has come. */
export interface ProgressEvent extends Progress {
  readonly type: "progress";
  /** Units a second, a mean over about ten seconds; 0 until two reports have been seen. */
  readonly rate: number;
  /** Absent while unknown. */
  readonly secondsLeft?: number;
}

/** Something that a person should know, as a line of text: what was left out, what differs from before. */
export interface NoteEvent {
  readonly type: "note";
  readonly text: string;
}

export interface WorkflowContext<Event extends { readonly type: string } = ProgressEvent | NoteEvent> {
  /** Stops the work; it then rejects with a `BiogptError` of kind `aborted`. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Called while the work goes on; an error that it throws ends the work. Default: nobody listens. */
  readonly onEvent?: ((event: Event) => void) | undefined;
}

/** Lines for people as events. */
export function noteEvents(onEvent: ((event: NoteEvent) => void) | undefined): (text: string) => void {
  return (text) => onEvent?.({ type: "note", text });
}

/** Progress reports of the folders below as events with a rate; undefined where nobody listens. */
export function progressEvents(onEvent: ((event: ProgressEvent) => void) | undefined): ReportProgress | undefined {
  if (onEvent === undefined) return undefined;
  let meter = new RateMeter();
  let before: Progress | undefined;
  return (progress) => {
    // Another piece of work counts from its own beginning; its name may carry figures that change, so the counts tell it too.
    if (before === undefined || progress.unit !== before.unit || progress.done < before.done) meter = new RateMeter();
    before = progress;
    const rate = meter.update(progress.done, performance.now());
    const secondsLeft = meter.secondsLeft(progress.done, progress.total);
    onEvent({ type: "progress", ...progress, rate, ...(secondsLeft === undefined ? {} : { secondsLeft }) });
  };
}
