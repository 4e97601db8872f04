/** Ctrl-C and closed pipes: the work ends, with exit code 130 or quietly, and whatever was written is whole lines. */
import { expect, test } from "vitest";
import { finished, startBiogpt } from "./run-biogpt.ts";

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

test("Ctrl-C during a stream: exit code 130 and a finished line; a second one ends at once", async () => {
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
