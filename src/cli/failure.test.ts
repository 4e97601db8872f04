/** Failures as people and programs see them: exit codes, text, JSON, near misses. */
import { expect, test } from "vitest";
import { BiogptError } from "../base/errors.ts";
import { testTerminal } from "./commands/test-terminal.fixture.ts";
import { report } from "./failure.ts";
import { buildProgram, run } from "./main.ts";

async function ran(...args: string[]): Promise<{ code: number; notes: string[]; out: string[] }> {
  const terminal = testTerminal();
  const code = await run(args, terminal);
  return { code, notes: terminal.notes, out: terminal.out };
}

function reported(error: unknown, ...args: string[]): { code: number; notes: string[] } {
  const terminal = testTerminal();
  const code = report(error, args, buildProgram(terminal), terminal);
  return { code, notes: terminal.notes };
}

test("a slip in a command, an option or a choice names the nearest one", async () => {
  expect((await ran("extrat", "x")).notes.join("\n")).toMatch(/fix {3}Did you mean extract\?/);
  expect((await ran("extract", "x", "--modle", "y")).notes.join("\n")).toMatch(/fix {3}Did you mean --model\?/);
  const { code, notes } = await ran("extract", "x", "--device", "wegpu");
  expect(code).toBe(2);
  expect(notes[0]).toMatch(/^biogpt extract: .*'wegpu' is invalid.*\[cli\/usage\]$/);
  expect(notes.join("\n")).toContain('fix   Did you mean "webgpu"? `biogpt extract --help`');
  expect((await ran("completion", "bsh")).notes.join("\n")).toContain('Did you mean "bash"?');
  expect((await ran("data", "imprt", "x")).notes.join("\n")).toContain("`biogpt data --help`");
});

test("with --json an error is one JSON line, wherever it comes from", async () => {
  const usage = await ran("extract", "x", "--json", "--no-such");
  expect(usage.code).toBe(2);
  expect(usage.notes).toHaveLength(1);
  expect(JSON.parse(usage.notes[0]!).error).toMatchObject({ code: "cli/usage", what: "unknown option '--no-such'" });
  const missing = reported(
    new BiogptError("corpora/not-found", { what: "x does not exist.", fix: "Check the path." }),
    ...["extract", "x", "--json"],
  );
  expect(missing).toEqual({
    code: 1,
    notes: ['{"error":{"code":"corpora/not-found","what":"x does not exist.","fix":"Check the path."}}'],
  });
  // After -- an argument is no option.
  expect(reported(new Error("boom"), "extract", "--", "--json").notes[0]).toMatch(/^biogpt extract: failed/);
});

test.each([
  ["ENOSPC", "files/disk-full"],
  ["EDQUOT", "files/disk-full"],
  ["EROFS", "files/read-only"],
  ["EACCES", "files/forbidden"],
  ["EMFILE", "files/too-many-open"],
])("the system's %s is %s, exit code 1, no stack", (code, ours) => {
  const error = Object.assign(new Error("x"), { code, path: "out/a.json" });
  const { code: exit, notes } = reported(error, "corpus", "prepare");
  expect(exit).toBe(1);
  expect(notes[0]).toBe(`biogpt corpus prepare: failed. [${ours}]`);
  expect(notes.join("\n")).toContain("out/a.json");
  expect(notes.join("\n")).not.toMatch(/^\s+at /m);
});

test("an aborted wait ends with 130, a closed pipe quietly with 0, a bug says that it is one", () => {
  const aborted = reported(AbortSignal.abort().reason, "extract");
  expect(aborted).toEqual({ code: 130, notes: ["biogpt extract: stopped. [aborted]"] });
  expect(reported(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }), "extract")).toEqual({
    code: 0,
    notes: [],
  });
  const bug = reported(new TypeError("x is undefined"), "extract");
  expect(bug.code).toBe(1);
  expect(bug.notes.join("\n")).toMatch(/\[internal\]\n {2}what {2}internal: x is undefined/);
});

test("a file where texts are read from standard input: how it is read from there", async () => {
  const { code, notes } = await ran("normalize", "names.txt");
  expect(code).toBe(2);
  expect(notes.join("\n")).toContain("It reads standard input: `biogpt normalize < FILE`.");
});
