/** Ranked decoding, and what is kept of grounded answers, as a user runs them, with the embedded model on two short documents. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WRITER } from "../../tasks/relation-extraction/writer.fixture.ts";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-ranked-"));
/** The embedded relation model without what it learnt on validation. */
const plain = join(folder, "plain");
cpSync(WRITER, plain, { recursive: true });
rmSync(join(plain, "task.json"));
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
  const model = args.includes("--model") ? [] : ["--model", plain];
  const decoding = args.includes("--decoding") ? [] : ["--decoding", "ranked", "--beams", "4"];
  const all = ["evaluate", "bc5cdr", "--data", folder, ...decoding, ...model, ...args];
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
  expect(strict.calibration).not.toHaveProperty("rawExpectedError");

  const path = join(folder, "learnt.json");
  const page = join(folder, "report.html");
  const learnt = await evaluated("--learn-thresholds", path, "--report", page);
  const rules = JSON.parse(readFileSync(path, "utf8"));
  expect(rules).toEqual({ "chemical-disease": { ranked: expect.anything() } });
  const again = await evaluated("--thresholds", path);
  expect([again.decoding, again.f1, again.calibration]).toEqual([learnt.decoding, learnt.f1, learnt.calibration]);
  expect(learnt.decoding).toMatch(/, calibrated$/);
  const { expectedError, statements } = strict.calibration;
  expect(learnt.calibration).toMatchObject({ statements, rawExpectedError: expectedError });
  expect(readFileSync(page, "utf8")).toContain("The same before calibration");
  // Each probability of the report is a value of the map.
  const values = rules["chemical-disease"].ranked.calibration.steps.map(({ value }: { value: number }) => value);
  expect(values).toContain(learnt.bestThreshold.threshold);

  const model = join(folder, "model");
  cpSync(plain, model, { recursive: true });
  writeFileSync(join(model, "thresholds.json"), '{"chemical-disease": {"ranked": {"threshold": 0.25, "most": 3}}}');
  expect((await evaluated("--model", model)).decoding).toBe("ranked 4, threshold 0.25, at most 3");
  expect((await evaluated("--model", model, "--threshold", "0.5")).decoding).toBe("ranked 4, threshold 0.5");
  const steps = [{ from: 0, value: 0.4 }];
  writeFileSync(
    join(model, "thresholds.json"),
    JSON.stringify({ "chemical-disease": { ranked: { share: 1, calibration: { steps } } } }),
  );
  const asked = await evaluated("--model", model, "--threshold", "0.4");
  expect(asked.decoding).toBe("ranked 4, calibrated threshold 0.4");
  expect(asked.bestThreshold).toMatchObject({ threshold: 0.4, kept: statements });
  expect(asked.errors.right + asked.errors.spurious + asked.errors.swapped).toBeGreaterThan(1); // all reach it, by the map
}, 240_000);

test("extract: statements over the threshold, most probable first, each in the text", async () => {
  const text = join(folder, "text.txt");
  writeFileSync(text, "Lithium and pain. Two patients had severe pain and tremor from lithium.");
  const extracted = async (...args: string[]) => {
    const said = testTerminal();
    expect(
      await run(["extract", text, "--model", plain, "--decoding", "ranked", ...args], said),
      said.notes.join("\n"),
    ).toBe(0);
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
}, 240_000);

test("extract with a map: calibrated values are written and asked for; the folder's thresholds choose the decoding", async () => {
  const text = join(folder, "mapped.txt");
  writeFileSync(text, "Lithium and pain. Two patients had severe pain and tremor from lithium.");
  const model = join(folder, "mapped");
  cpSync(plain, model, { recursive: true });
  const thresholds = (rules: unknown) => writeFileSync(join(model, "thresholds.json"), JSON.stringify(rules));
  const extracted = async (...args: string[]) => {
    const said = testTerminal();
    const code = await run(["extract", text, "--model", model, ...args], said);
    return { code, found: said.out.map((line) => JSON.parse(line)), notes: said.notes.join("\n") };
  };
  const named = (found: { head: { text: string }; tail: { text: string } }[]) =>
    found.map(({ head, tail }) => [head.text, tail.text]);

  const beams = ["--beams", "4"];
  const raw = (await extracted("--decoding", "ranked", "--threshold", "0", ...beams)).found;
  const [first, second] = raw.map(({ probability }) => probability as number);
  expect(first).toBeGreaterThan(second!);
  const between = (first! + second!) / 2;
  const withTop = (value: number) => ({
    "chemical-disease": {
      ranked: {
        threshold: 0,
        calibration: {
          steps: [
            { from: 0, value: 0.25 },
            { from: between, value },
          ],
        },
      },
    },
  });
  thresholds(withTop(0.75));
  const mapped = await extracted(...beams);
  expect(mapped.notes).toContain("ranked decoding, threshold 0, calibrated");
  expect(mapped.found.map(({ probability }) => probability)).toEqual([0.75, ...raw.slice(1).map(() => 0.25)]);
  expect(named(mapped.found)).toEqual(named(raw)); // in the order of the raw ones
  const over = await extracted("--threshold", "0.5", ...beams);
  expect(over.found.map(({ probability }) => probability)).toEqual([0.75]);
  expect((await extracted("--threshold", "0.8", ...beams)).found).toEqual([]);
  thresholds(withTop(0.7));
  const pipelines = [raw, mapped.found, over.found, (await extracted(...beams)).found].map(([one]) => one.pipeline);
  expect(new Set(pipelines).size).toBe(4);

  const idle = await extracted("--unanchored");
  expect([idle.code, idle.notes]).toEqual([2, expect.stringContaining("Leave it out, or give --decoding grounded.")]);
  const grounded = await extracted("--decoding", "grounded");
  thresholds({ "drug-drug": { ranked: { share: 0.5 } } }); // nothing for this scheme
  const usual = await extracted();
  expect(usual.notes).not.toContain("ranked");
  expect(usual.found).toEqual(grounded.found);
  thresholds(withTop(0.1));
  const broken = await extracted();
  expect([broken.code, broken.notes]).toEqual([1, expect.stringContaining("with a value that is not lower")]);
}, 240_000);

test("grounded: written statements are kept by a rule of their own, in evaluate and in extract", async () => {
  const model = join(folder, "grounded");
  cpSync(plain, model, { recursive: true });
  const path = join(model, "thresholds.json");
  writeFileSync(path, '{"chemical-disease": {"ranked": {"share": 0.75}}}');
  const evaluate = (...args: string[]) => evaluated("--model", model, "--decoding", "grounded", ...args);
  const unruled = await evaluate();
  expect(unruled).toMatchObject({ decoding: "grounded", inventedArguments: 0 });
  const { statements } = unruled.calibration;
  expect(statements).toBeGreaterThan(0);
  const strict = await evaluate("--threshold", "1");
  expect(strict).toMatchObject({ decoding: "grounded, threshold 1", calibration: { statements } });
  expect(strict.errors.right + strict.errors.spurious + strict.errors.swapped).toBe(1); // the likeliest stays

  const learnt = await evaluate("--learn-thresholds", path);
  expect(learnt.decoding).toMatch(/^grounded, .*calibrated$/);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    "chemical-disease": { ranked: { share: 0.75 }, grounded: expect.anything() },
  });
  const again = await evaluate();
  expect([again.decoding, again.f1, again.calibration]).toEqual([learnt.decoding, learnt.f1, learnt.calibration]);

  const text = join(folder, "grounded.txt");
  writeFileSync(text, "Lithium and pain. Two patients had severe pain and tremor from lithium.");
  const extracted = async (...args: string[]) => {
    const said = testTerminal();
    expect(await run(["extract", text, "--model", model, ...args], said), said.notes.join("\n")).toBe(0);
    return said.out.map((line) => JSON.parse(line));
  };
  const steps = [{ from: 0, value: 0.125 }];
  const ruled = (threshold: number) =>
    writeFileSync(path, JSON.stringify({ "chemical-disease": { grounded: { threshold, calibration: { steps } } } }));
  ruled(0);
  const all = await extracted(); // nothing for ranked: grounded is the default
  expect(all.length).toBeGreaterThan(0);
  expect(all.map(({ probability }) => probability)).toEqual(all.map(() => 0.125));
  expect(await extracted("--decoding", "grounded", "--threshold", "0.2")).toEqual([]);
  ruled(1);
  expect(await extracted("--decoding", "grounded")).toEqual([]);
  const free = await extracted("--decoding", "free");
  expect(free.every(({ probability }) => probability !== 0.125)).toBe(true);
}, 240_000);

test("slips end with code 2", async () => {
  const evaluate = ["evaluate", "bc5cdr", "--data", folder, "--model", WRITER, "--decoding"];
  const extract = ["extract", "x.txt", "--decoding", "ranked"];
  const cases: [string[], string][] = [
    [[...evaluate, "ranked", "--beams", "1"], "nothing to rank"],
    [[...evaluate, "ranked", "--max-new-tokens", "40"], "ends by itself"],
    [[...evaluate, "ranked", "--threshold", "0.5", "--thresholds", "x"], "one of --threshold, --thresholds and"],
    [[...evaluate, "ranked", "--learn-thresholds", "x", "--split", "valid"], "cannot be scored there"],
    [[...evaluate, "greedy", "--threshold", "0.5"], "Thresholds are for --decoding pairs, ranked, grounded or labels"],
    [[...evaluate, "grounded", "--learn-thresholds", "x", "--split", "valid"], "cannot be scored there"],
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
