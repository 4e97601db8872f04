/** What a command may touch of the outside: streams, the interrupt signal, progress. Tests give it their own. */
import { formatAmount, formatDuration } from "../base/amounts.ts";
import { type Progress, RateMeter, type ReportProgress } from "../base/progress.ts";

export interface Terminal {
  /** Standard input as bytes. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes a line to standard output; waits while the reader is slow. */
  writeLine(line: string): Promise<void>;
  /** Writes text to standard output as it is. */
  write(text: string): Promise<void>;
  /** The same of bytes; absent where standard output takes text alone. */
  writeBytes?(bytes: Uint8Array): Promise<void>;
  /** A line for people, on standard error. */
  note(line: string): void;
  /** Shows progress on standard error: a line that is written over where a person looks, one every ten seconds elsewhere, none with `--quiet`. */
  readonly progress: ReportProgress;
  /** Fires on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Ctrl-C calls `stop` in place of ending the command, until what is given back is called. Absent: it always ends it. */
  takeInterrupts?(stop: () => void): () => void;
}

/** How often progress is shown, in milliseconds: on a line that is written over, and as lines of their own in a log. */
const REDRAW = 100;
const LOG_LINE = 10_000;

export interface ProcessTerminal extends Terminal {
  /** Takes the line of progress away. */
  finish(): void;
  /** Waits until standard output has taken everything. @throws what it failed with, such as a full disk */
  flushed(): Promise<void>;
}

/** Terminal over a process's own streams. A closed pipe (`| head`) ends the work quietly; any other failure of standard output ends it with its error. */
export function processTerminal(
  options: { readonly quiet: boolean } & Pick<Terminal, "signal" | "takeInterrupts">,
): ProcessTerminal {
  const { stdin, stdout, stderr } = process;
  let failure: Error | undefined;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    failure ??= error;
    stdout.emit("drain"); // whoever waits for room learns of it
  });
  stderr.on("error", () => {}); // nobody reads what we would say
  const write = async (text: string | Uint8Array): Promise<void> => {
    if (failure === undefined && !stdout.write(text)) await new Promise((resolve) => stdout.once("drain", resolve));
    if (failure !== undefined) throw failure;
  };

  const shown = progressLines({ everyMs: stderr.isTTY ? REDRAW : LOG_LINE, startedMs: performance.now() });
  let lineOpen = false;
  const clear = (): void => {
    if (lineOpen) stderr.write("\r\x1b[K");
    lineOpen = false;
  };
  return {
    input: stdin,
    write,
    writeBytes: write,
    writeLine: (line) => write(`${line}\n`),
    note: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    progress: (progress) => {
      if (options.quiet) return;
      const line = shown(progress, performance.now());
      if (line === undefined) return;
      if (!stderr.isTTY) return void stderr.write(`${line}\n`);
      clear();
      stderr.write(line);
      lineOpen = true;
    },
    signal: options.signal,
    isTerminal: stdout.isTTY === true,
    ...(options.takeInterrupts === undefined ? {} : { takeInterrupts: options.takeInterrupts }),
    finish: clear,
    flushed: async () => {
      await new Promise<void>((resolve) => stdout.write("", () => resolve()));
      if (failure !== undefined) throw failure;
    },
  };
}

/**
 * What to show of the progress reports, or undefined where it is too early for another line. On a terminal (`everyMs` small) the first and the last report of an
 * activity are always shown; in a log nothing comes before `everyMs` have passed, so short work leaves none.
 */
export function progressLines({
  everyMs,
  startedMs,
}: {
  readonly everyMs: number;
  readonly startedMs: number;
}): (progress: Progress, now: number) => string | undefined {
  const meters = new Map<string, { readonly meter: RateMeter; measuredAt: number }>(); // by activity: two downloads have two rates
  const live = everyMs < LOG_LINE;
  let activity = "";
  let lastShown = live ? Number.NEGATIVE_INFINITY : startedMs;
  return (progress, now) => {
    const { done, total, unit } = progress;
    const ended = done === total;
    const measured = meters.get(progress.activity) ?? { meter: new RateMeter(), measuredAt: Number.NEGATIVE_INFINITY };
    if (now - measured.measuredAt < REDRAW && !ended) return undefined;
    measured.measuredAt = now;
    const rate = measured.meter.update(done, now);
    if (ended) meters.delete(progress.activity);
    else meters.set(progress.activity, measured);
    const early = now - lastShown < everyMs;
    if (early && (!live || (progress.activity === activity && !ended))) return undefined;
    activity = progress.activity;
    lastShown = now;
    const left = ended ? undefined : measured.meter.secondsLeft(done, total);
    const share = total ? `${Math.floor((100 * done) / total)} % ` : "";
    const time = left === undefined ? "" : `, ${formatDuration(left)} left`;
    const speed = rate > 0 ? ` (${formatAmount(rate, unit)}/s${time})` : "";
    return `${activity}: ${share}${formatAmount(done, unit)}${speed}`;
  };
}
