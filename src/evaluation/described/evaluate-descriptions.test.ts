import { expect, test } from "vitest";
import type { DescribedRecord } from "../../corpora/tasks/described.ts";
import { corpusBleu } from "../scorers/text/bleu.ts";
import { entityScore, namedCounts, namedPhrases } from "../scorers/text/named-phrases.ts";
import { scoreDescriptions, scoreSamples } from "../scorers/text/score-descriptions.ts";
import { DESCRIBED_SETS, describedSet } from "./described-sets.ts";
import { evaluateDescriptions } from "./evaluate-descriptions.ts";

const record = (id: string, input: string, answer: string, more: Partial<DescribedRecord> = {}): DescribedRecord => ({
  ...{ id, kind: "molecule", input, question: "Please describe this molecule.", answer },
  ...more,
});

test("phrases between function words; brackets within names stay", () => {
  const text =
    "The molecule is a steroid ester that is methyl (17E)-pregna-4,17-dien-21-oate. It is a 3-oxo-Delta(4) steroid, an 11-oxo steroid (a hormone) and steroid esters.";
  expect([...namedPhrases(text)].sort()).toEqual([
    "11-oxo steroid",
    "3-oxo-delta(4) steroid",
    "hormone",
    "methyl (17e)-pregna-4,17-dien-21-oate",
    "steroid ester",
  ]);
  expect(namedPhrases("It is the molecule, 12, and a.")).toEqual(new Set());
});

test("a true answer in other words names more than a false one in the same words, though BLEU says the opposite", () => {
  const truth =
    "Based on the provided protein sequence, the enzyme appears to facilitate the chemical reaction: citrate = D-threo-isocitrate.";
  const falseOne = truth.replace("citrate = D-threo-isocitrate", "L-serine = pyruvate + NH4(+)");
  const trueOne = "It isomerizes: citrate = D-threo-isocitrate.";
  const bleu = (output: string): number => scoreDescriptions([{ output, truth }]).metrics.A!.bleu2;
  expect(bleu(falseOne)).toBeGreaterThan(bleu(trueOne));
  const precision = (output: string): number => entityScore([namedCounts({ output, truth })]).precision;
  expect(precision(trueOne)).toBeGreaterThan(0.4);
  expect(namedPhrases(trueOne)).toContain("citrate = d-threo-isocitrate");
  expect(namedCounts({ output: falseOne, truth }).shared).toBeLessThan(namedCounts({ output: truth, truth }).shared);
});

test("nearest neighbours: the most similar molecule's answer to the same question, and what the outputs have more", async () => {
  const records = [record("1", "CCO", "Ethanol is an alcohol."), record("2", "c1ccccc1O", "Phenol is a phenol.")];
  const known = [
    record("3", "c1ccccc1OC", "Anisole is an ether of phenol."),
    record("4", "CCCO", "Propanol is an alcohol."),
    record("5", "CCO", "No.", { question: "Is it toxic?" }),
    record("6", "not a molecule", "Nothing."),
  ];
  const outputs = records.map((one) => ({ record: one, output: one.answer }));
  const set = describedSet("chebi20");
  const { report, examples } = await evaluateDescriptions(set, outputs, { known, bootstrap: { draws: 50, seed: 3 } });
  expect(examples.map(({ nearest }) => nearest?.answer)).toEqual([
    "Propanol is an alcohol.",
    "Anisole is an ether of phenol.",
  ]);
  expect(report).toMatchObject({ task: "chebi20", pairs: 2, nearest: { known: 3, sameInput: 1 } });
  expect(report.metrics).toEqual(
    scoreDescriptions(outputs.map(({ record: { answer }, output }) => ({ truth: answer, output }))).metrics,
  );
  expect(report.entities).toMatchObject({ precision: 1, recall: 1, f1: 1 });
  expect(report.nearest!.entities.f1).toBeLessThan(1);
  const copied = scoreSamples(
    examples.map(({ record: { answer }, nearest }) => ({ truth: answer, output: nearest!.answer })),
  );
  const theirs = corpusBleu(
    copied.samples.A!.map(({ bleu }) => bleu),
    4,
  );
  expect(report.nearest!.gain.A!.bleu4).toBeCloseTo(report.metrics.A!.bleu4 - theirs, 12);
  expect(report.confidence.A).toMatchObject({ draws: 50, seed: 3, level: 0.95 });
  expect(report.skipped.join(" ")).toContain("1 inputs could not be read");
});

test("without training records the row is said to be left out; an end is heard", async () => {
  const outputs = [{ record: record("1", "C", "Methane."), output: "Gas." }];
  const { report } = await evaluateDescriptions(describedSet("chebi20"), outputs, { bootstrap: { draws: 0 } });
  expect(report.nearest).toBeNull();
  expect(report.confidence).toEqual({ A: null, B: null });
  expect(report.skipped.at(-1)).toMatch(/nearest-neighbour row: no training records/);
  const signal = AbortSignal.abort();
  await expect(evaluateDescriptions(describedSet("chebi20"), outputs, { signal })).rejects.toMatchObject({
    kind: "aborted",
  });
  await expect(evaluateDescriptions(describedSet("chebi20"), [])).rejects.toThrow(/no description to score/);
});

test("sets are found whatever the case; others are refused with the nearest name", () => {
  expect(DESCRIBED_SETS.map(({ name }) => describedSet(name.toUpperCase()).name)).toEqual([
    "chebi20",
    "pubchemqa",
    "uniprotqa",
  ]);
  expect(() => describedSet("chebi-20")).toThrow('Did you mean "chebi20"?');
});
