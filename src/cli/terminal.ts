/** What a command may touch of the outside: streams, the interrupt signal, progress. Tests give it their own. */
import { RateMeter, type ReportProgress } from "../base/progress.ts";

export interface Terminal {
  /** Standard input as bytes. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes a line to standard output; waits while the reader is slow. */
  writeLine(line: string): Promise<void>;
  /** Writes text to standard output as it is. */
  write(text: string): Promise<void>;
  /** A line for people, on standard error. */
  note(line: string): void;
  /** Shows progress on standard error, at most ten times a second, only where a person looks. */
  readonly progress: ReportProgress;
  /** Fires on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
}

/** Terminal over a process's own streams. A closed pipe (`| head`) ends the work quietly. */
export function processTerminal(signal: AbortSignal): Terminal & { finish(): void } {
  const { stdin, stdout, stderr } = process;
  let closed = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed = true;
    process.exit(0);
  });
  const write = (text: string): Promise<void> =>
    closed || stdout.write(text) ? Promise.resolve() : new Promise((resolve) => stdout.once("drain", resolve));

  const meter = new RateMeter();
  let activity = "";
  let lastShown = 0;
  let lineOpen = false;
  const clear = (): void => {
    if (lineOpen) stderr.write("\r\x1b[K");
    lineOpen = false;
  };
  return {
    input: stdin,
    write,
    writeLine: (line) => write(`${line}\n`),
    note: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    progress: (progress) => {
      if (!stderr.isTTY) return;
      const now = performance.now();
      if (progress.activity === activity && now - lastShown < 100 && progress.done !== progress.total) return;
      const rate = meter.update(progress.done, now);
      const left = meter.secondsLeft(progress.done, progress.total);
      activity = progress.activity;
      lastShown = now;
      clear();
      const share = progress.total ? `${Math.floor((100 * progress.done) / progress.total)} % ` : "";
      const time = left === undefined ? "" : `, ${formatDuration(left)} left`;
      stderr.write(
        `${progress.activity}: ${share}${formatAmount(progress.done, progress.unit)} (${formatAmount(rate, progress.unit)}/s${time})`,
      );
      lineOpen = true;
    },
    signal,
    isTerminal: stdout.isTTY === true,
    finish: clear,
  };
}

/** `1.4 GB`, `12,211 tokens`. */
export function formatAmount(amount: number, unit: string): string {
  if (unit !== "bytes")
    return `${(amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10).toLocaleString("en-US")} ${unit}`;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let scaled = amount;
  let step = 0;
  while (scaled >= 1000 && step < units.length - 1) {
    scaled /= 1000;
    step++;
  }
  return `${step === 0 ? scaled : scaled.toFixed(scaled < 10 ? 2 : 1)} ${units[step]}`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
