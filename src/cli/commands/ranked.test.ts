/** Ranked decoding as a user runs it, with the embedded model on two short documents. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-ranked-"));
const document = (title: string, abstract: string) => ({
  ...{ title, abstract, relations: [{ chemical: "D1", disease: "D2" }] },
  ...{ chemical2id: { lithium: "D1" }, disease2id: { pain: "D2", tremor: "D3" } },
});
for (const [split, abstract] of [
  ["valid", "Lithium caused severe pain in two patients."],
  ["test", "Two patients had pain and tremor from lithium."],
] as const)
  writeFileSync(join(folder, `${split}.json`), JSON.stringify({ "1": document("Lithium and pain.", abstract) }));

async function evaluated(...args: string[]) {
  const said = testTerminal();
  const model = args.includes("--model") ? [] : ["--model", "biogpt-mini-bc5cdr"];
  const all = ["evaluate", "bc5cdr", "--data", folder, "--decoding", "ranked", "--beams", "4", ...model, ...args];
  expect(await run([...all, "--draws", "0", "--json"], said), said.notes.join("\n")).toBe(0);
  return JSON.parse(said.out.join(""));
}

test("evaluate: a threshold given, learnt, read, carried by the model's folder, or none", async () => {
  const none = await evaluated();
  expect(none).toMatchObject({ decoding: "ranked 4, share 0.5", inventedArguments: 0, failed: 0, documents: 1 });
  const strict = await evaluated("--threshold", "1");
  expect(strict.decoding).toBe("ranked 4, threshold 1");
  // The best statement stays whatever the threshold says, and the curve is over all that were ranked.
  expect(strict.errors.right + strict.errors.spurious + strict.errors.swapped).toBe(1);
  expect(strict.calibration.statements).toBeGreaterThan(1);
  expect((await evaluated("--threshold", "0")).calibration).toEqual(strict.calibration);

  const path = join(folder, "learnt.json");
  const learnt = await evaluated("--learn-thresholds", path);
  const rules = JSON.parse(readFileSync(path, "utf8"));
  expect(Object.keys(rules)).toEqual(["chemical-disease"]);
  const again = await evaluated("--thresholds", path);
  expect([again.decoding, again.f1]).toEqual([learnt.decoding, learnt.f1]);

  const model = join(folder, "model");
  cpSync("models/biogpt-mini-bc5cdr", model, { recursive: true });
  writeFileSync(join(model, "thresholds.json"), '{"chemical-disease": {"threshold": 0.25, "most": 3}}');
  expect((await evaluated("--model", model)).decoding).toBe("ranked 4, threshold 0.25, at most 3");
  expect((await evaluated("--model", model, "--threshold", "0.5")).decoding).toBe("ranked 4, threshold 0.5");
}, 120_000);

test("extract: statements over the threshold, most probable first, each in the text", async () => {
  const text = join(folder, "text.txt");
  writeFileSync(text, "Lithium and pain. Two patients had severe pain and tremor from lithium.");
  const extracted = async (...args: string[]) => {
    const said = testTerminal();
    expect(await run(["extract", text, "--decoding", "ranked", ...args], said), said.notes.join("\n")).toBe(0);
    return said.out.map((line) => JSON.parse(line));
  };
  const all = await extracted("--threshold", "0", "--beams", "4");
  expect(all.length).toBeGreaterThan(1);
  const probabilities = all.map(({ probability }) => probability as number);
  expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
  expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeLessThanOrEqual(1 + 1e-6);
  for (const { head, tail } of all) expect([head.spans.length > 0, tail.spans.length > 0]).toEqual([true, true]);
  const half = await extracted("--beams", "4"); // half of the best one's probability
  expect(half).toEqual(
    all
      .filter(({ probability }) => probability >= probabilities[0]! / 2)
      .map((one) => ({ ...one, pipeline: half[0].pipeline })),
  );
  expect(half[0].pipeline).not.toBe(all[0].pipeline);
  expect(await extracted("--threshold", "1", "--beams", "4")).toEqual([]);
}, 120_000);

test("slips end with code 2", async () => {
  const evaluate = ["evaluate", "bc5cdr", "--data", folder, "--model", "biogpt-mini-bc5cdr", "--decoding"];
  const extract = ["extract", "x.txt", "--decoding", "ranked"];
  const cases: [string[], string][] = [
    [[...evaluate, "ranked", "--beams", "1"], "nothing to rank"],
    [[...evaluate, "ranked", "--max-new-tokens", "40"], "ends by itself"],
    [[...evaluate, "ranked", "--threshold", "0.5", "--thresholds", "x"], "one of --threshold, --thresholds and"],
    [[...evaluate, "ranked", "--learn-thresholds", "x", "--split", "valid"], "cannot be scored there"],
    [[...evaluate, "grounded", "--threshold", "0.5"], "Thresholds are for --decoding ranked"],
    [["evaluate", "hoc", "--data", folder, "--model", "x", "--decoding", "labels", "--threshold", "1"], "in a file"],
    [["evaluate", "bc5cdr", "--data", folder, "--gold", "--threshold", "0.5"], "no effect without --model"],
    [[...extract, "--beams", "1"], "nothing to rank"],
    [[...extract, "--draft-tokens", "4"], "--draft-tokens has no effect in ranked decoding"],
    [[...extract, "--unanchored"], "--unanchored has no effect in ranked decoding"],
  ];
  for (const [args, message] of cases) {
    const said = testTerminal();
    expect(await run(args, said), message).toBe(2);
    expect(said.notes.join("\n")).toContain(message);
  }
});
