/** Ctrl-C, SIGTERM, closed pipes and full disks: the work ends, with its own exit code or quietly, and whatever was written is whole lines. */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { finished, MAIN, startBiogpt } from "./run-biogpt.ts";

/** Documents without end, each a JSON line. */
async function feed(stdin: NodeJS.WritableStream): Promise<void> {
  let open = true;
  stdin.on("error", () => {
    open = false;
  });
  for (let id = 1; open && id < 100_000; id++) {
    const line = JSON.stringify({ id: String(id), title: `Case ${id}.`, abstract: "Cisplatin caused renal failure." });
    if (!stdin.write(`${line}\n`))
      await new Promise<void>((resolve) => stdin.once("drain", resolve).once("close", resolve));
  }
}

function wholeJsonLines(stdout: string): unknown[] {
  expect(stdout).toMatch(/\n$/);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("Ctrl-C during extract: exit code 130, whole lines, says that it stopped", async () => {
  const child = startBiogpt(["extract", "-", "--batch", "2"]);
  const end = finished(child);
  void feed(child.stdin);
  child.stdout.once("data", () => child.kill("SIGINT"));
  const { code, stdout, stderr } = await end;
  expect(code).toBe(130);
  expect(wholeJsonLines(stdout).length).toBeGreaterThan(0);
  expect(stderr).toContain("biogpt extract: stopped.");
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("Ctrl-C during a stream: exit code 130 and a finished line", async () => {
  const flags = ["--stream", "--max-new-tokens", "1000", "--min-new-tokens", "1000"];
  const child = startBiogpt(["generate", "--prompt", "Aspirin is", ...flags]);
  child.stdin.end();
  const end = finished(child);
  let seen = "";
  child.stdout.on("data", (text: string) => {
    seen += text;
    if (seen.length > 30 && !child.killed) child.kill("SIGINT");
  });
  const { code, stdout, stderr } = await end;
  expect(code).toBe(130);
  expect(stdout).toMatch(/^Aspirin is .*\n$/s);
  expect(stderr).toContain("biogpt generate: stopped.");
});

test("a reader that goes away (| head -1) ends the work quietly", async () => {
  const child = startBiogpt(["extract", "-", "--batch", "2"]);
  const end = finished(child);
  void feed(child.stdin);
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await end;
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

// Windows has no signals to send: kill() ends a process there.
test.skipIf(process.platform === "win32")("SIGTERM during extract: exit code 143, whole lines", async () => {
  const child = startBiogpt(["extract", "-", "--batch", "2"]);
  const end = finished(child);
  void feed(child.stdin);
  child.stdout.once("data", () => child.kill("SIGTERM"));
  const { code, stdout, stderr } = await end;
  expect(code).toBe(143);
  wholeJsonLines(stdout);
  expect(stderr).toContain("biogpt extract: stopped.");
});

test("a reader of standard error that goes away is no failure", async () => {
  const child = startBiogpt(["tokenize", "--tokenizer", "biogpt-mini"]);
  child.stderr.destroy();
  child.stdin.end("Aspirin\n");
  const { code, stdout } = await finished(child);
  expect(code).toBe(0);
  expect(wholeJsonLines(stdout)).toHaveLength(1);
});

test.skipIf(!existsSync("/dev/full")).each([
  ["a line", 1],
  ["a lot", 50_000],
])("a full disk behind standard output is said at once, as JSON with --json: %s", (_, lines) => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "tokenize", "--tokenizer", "biogpt-mini", "--json"], {
    input: "Aspirin\n".repeat(lines),
    stdio: ["pipe", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect(status).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: "files/disk-full" } });
});
