/** Runs the built command as a user would: a process of its own, real streams, real signals. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** The built command. */
export const MAIN: string = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Finished {
  /** Exit code; null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

export function startBiogpt(args: readonly string[], settings: RunSettings = {}): ChildProcessWithoutNullStreams {
  const { environment = {}, folder } = settings;
  return spawn(process.execPath, [MAIN, ...args], {
    ...(folder === undefined ? {} : { cwd: folder }),
    env: { ...process.env, HF_HUB_OFFLINE: "1", NO_COLOR: "1", BIOGPT_DEBUG: "", ...environment },
  });
}

export async function runBiogpt(args: readonly string[], settings: RunSettings = {}): Promise<Finished> {
  const child = startBiogpt(args, settings);
  child.stdin.on("error", () => {}); // the command may end before it has read everything
  child.stdin.end(settings.input ?? "");
  return finished(child);
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  const collect = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    collect.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    collect.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...collect }));
  });
}

/** Output that is one JSON object or array a line. */
export function jsonLines<T>(stdout: string): T[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

/** A failure as users see it: code, what and fix, the right exit code, no stack trace, nothing on standard output. */
export function expectFailure(
  { code, stdout, stderr }: Finished,
  wanted: { code: string; exit: number; says: RegExp },
): void {
  expect(stderr, stderr).toContain(`[${wanted.code}]`);
  expect(stderr).toMatch(wanted.says);
  expect(stderr, stderr).toMatch(/^ {2}fix {3}\S/m);
  expect(stderr, stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(stdout).toBe("");
  expect(code).toBe(wanted.exit);
}
