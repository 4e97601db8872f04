/**
 * The commands of issue "foundation" on the embedded models: the JSON they promise (docs/formats/json-output.md), and that the ways of
 * asking for the same thing agree. No value here depends on which model is embedded.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { temporaryFile } from "../../src/files/scratch.fixture.ts";
import type { Inspection } from "../../src/pretrained/load/inspection.ts";
import type { Generation, TextScore } from "../../src/pretrained/model.ts";
import type { ExtractedRelation } from "../../src/tasks/relation-extraction/extract.ts";
import { jsonLines, runBiogpt } from "./run-biogpt.ts";

const PROMPT = "COVID-19 is";
const SAMPLE = fileURLToPath(new URL("../../samples/abstracts.xml", import.meta.url));

test("generate --json: greedy twice and from standard input is the same, by ids too; text mode and --stream show the same text", async () => {
  const length = ["--max-new-tokens", "12"];
  const { code, stdout } = await runBiogpt(["generate", "--json", ...length], { input: `${PROMPT}\n\n${PROMPT}\n` });
  expect(code).toBe(0);
  const [first, second, ...rest] = jsonLines<Generation>(stdout);
  expect(rest).toEqual([]);
  expect(second).toEqual(first);
  expect(Object.keys(first!)).toEqual(["prompt", "promptIds", "ids", "text", "score", "finishReason"]);
  expect(first).toMatchObject({ prompt: PROMPT, finishReason: "length" });
  expect(first!.promptIds[0]).toBe(2);
  expect(first!.ids).toHaveLength(12);

  const [byIds, text, stream] = await Promise.all([
    runBiogpt(["generate", "--json", ...length, "--prompt-ids", JSON.stringify(first!.promptIds)]),
    runBiogpt(["generate", ...length, "--prompt", PROMPT]),
    runBiogpt(["generate", ...length, "--prompt", PROMPT, "--stream"]),
  ]);
  // Two prompts in a batch and one alone are summed in another order: the same tokens, the score within rounding.
  const [alone] = jsonLines<Generation>(byIds.stdout);
  expect(alone).toEqual({ ...first, score: alone!.score });
  expect(alone!.score).toBeCloseTo(first!.score, 4);
  expect(text.stdout).toBe(`${PROMPT} ${first!.text}\n`);
  expect(stream.stdout).toBe(text.stdout);
});

test("generate --json-schema: JSON of the schema; a file that is none, and a keyword that is not kept to, are refused", async () => {
  const schema = { properties: { drug: { enum: ["aspirin", "insulin"] } }, required: ["drug"], type: "object" };
  const file = temporaryFile("schema.json", JSON.stringify(schema));
  const { stdout } = await runBiogpt(["generate", "--json", "--json-schema", file, "--prompt", PROMPT]);
  const [{ text, finishReason }] = jsonLines<Generation>(stdout) as [Generation];
  expect(finishReason).toBe("stop");
  expect(schema.properties.drug.enum).toContain(JSON.parse(text).drug);
  for (const [content, code, said] of [
    ["{", 2, "no JSON"],
    ['{"pattern":"a"}', 2, "pattern"],
  ] as const) {
    const refused = ["generate", "--json-schema", temporaryFile("other.json", content), "--prompt", PROMPT];
    const result = await runBiogpt(refused);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(said);
  }
});

test("generate --beams --return --log-probabilities: best first, scores are what the log-probabilities say", async () => {
  const flags = ["--beams", "4", "--return", "3", "--early-stopping", "--max-new-tokens", "8", "--log-probabilities"];
  const { code, stdout } = await runBiogpt(["generate", "--json", "--prompt", PROMPT, ...flags]);
  expect(code).toBe(0);
  const beams = jsonLines<Generation>(stdout);
  expect(beams).toHaveLength(3);
  expect(beams.map(({ score }) => score)).toEqual(beams.map(({ score }) => score).sort((a, b) => b - a));
  expect(new Set(beams.map(({ ids }) => ids.join())).size).toBe(3);
  for (const { ids, score, logProbabilities } of beams) {
    expect(logProbabilities).toHaveLength(ids.length);
    // Hugging Face's rule: the sum over the generated tokens divided by their number.
    expect(score).toBeCloseTo(logProbabilities.reduce((sum, value) => sum + value, 0) / ids.length, 5);
  }
});

test("score --json: texts and their ids score the same; a blank line keeps its place", async () => {
  const text = "Aspirin prevents stroke.";
  const tokens = await runBiogpt(["tokenize", "--tokenizer", "biogpt-mini", "--special"], { input: text });
  const byText = await runBiogpt(["score", "--json", "--model", "biogpt-mini"], { input: `${text}\n\n${text}\n` });
  const byIds = await runBiogpt(["score", "--json", "--model", "biogpt-mini", "--ids"], { input: tokens.stdout });
  const [score, ...rest] = jsonLines<TextScore>(byText.stdout);
  const nothing = { tokens: 0, logLikelihood: null, perplexity: null, bitsPerCharacter: null, text: "" };
  expect(rest).toEqual([nothing, expect.objectContaining({ text })]);
  expect(Object.keys(score!)).toEqual(["text", "tokens", "logLikelihood", "perplexity", "bitsPerCharacter"]);
  expect(score!.tokens).toBe(JSON.parse(tokens.stdout).length - 1);
  expect(score!.perplexity).toBeCloseTo(Math.exp(-score!.logLikelihood / score!.tokens), 6);
  expect(score!.bitsPerCharacter).toBeCloseTo(-score!.logLikelihood / Math.LN2 / text.length, 6);
  expect(jsonLines<TextScore>(byIds.stdout)[0]!.logLikelihood).toBeCloseTo(score!.logLikelihood, 5);
});

test("tokenize: pieces stand where the offsets say", async () => {
  const text = "α-Synuclein (5 µg/ml) didn't bind.";
  const flags = ["--tokenizer", "biogpt-mini", "--format", "pieces", "--offsets", "--no-normalize-punctuation"];
  const { code, stdout } = await runBiogpt(["tokenize", ...flags], { input: `${text}\n` });
  expect(code).toBe(0);
  const pieces = JSON.parse(stdout) as [string, number, number][];
  let end = 0;
  for (const [, start, stop] of pieces) {
    expect(start).toBeGreaterThanOrEqual(end);
    expect(stop).toBeGreaterThan(start);
    expect(text.slice(end, start).trim()).toBe(""); // nothing but spaces lies between two tokens
    end = stop;
  }
  expect(end).toBe(text.length);
});

test("inspect --json: tensors fill the file, memory by precision", async () => {
  const { code, stdout } = await runBiogpt(["inspect", "biogpt-mini", "--json", "--no-values"]);
  expect(code).toBe(0);
  const { tensors, files, memory, parameters, problems } = JSON.parse(stdout) as Omit<Inspection, "tensors"> & {
    readonly tensors: readonly { shape: number[]; bytes: number; offset: number }[];
  };
  expect(problems).toEqual([]);
  expect(tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(parameters);
  expect(Math.max(...tensors.map(({ offset, bytes }) => offset + bytes))).toBe(files[0]!.bytes);
  expect(memory!.weights.q4).toBeLessThan(memory!.weights.q8);
  expect(memory!.weights.q8).toBeLessThan(memory!.weights.fp32);
});

test("extract: every relation is anchored in the source; gzip, standard input and order do not matter", async () => {
  const xml = readFileSync(SAMPLE);
  const abstracts = ["90000001", "90000002", "90000003", "90000004"];
  const plain = await runBiogpt(["extract", SAMPLE]);
  expect(plain.code).toBe(0);
  expect(plain.stderr).toMatch(/^4 documents, \d+ relations in /m);
  const relations = jsonLines<ExtractedRelation>(plain.stdout);
  const keys = ["documentId", "scheme", "relation", "head", "tail", "probability", "evidence", "model", "pipeline"];
  for (const relation of relations) {
    const { documentId, head, tail, probability, evidence } = relation;
    expect(Object.keys(relation)).toEqual(keys);
    expect(abstracts).toContain(documentId);
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThanOrEqual(1);
    for (const argument of [head, tail]) expect(argument.spans.length).toBeGreaterThan(0);
    if (evidence === null) continue;
    for (const { text, spans } of [head, tail]) {
      const inside = spans.filter(
        (span) => span.passage === evidence.passage && span.start >= evidence.start && span.end <= evidence.end,
      );
      const found = inside.map(({ start, end }) => evidence.text.slice(start - evidence.start, end - evidence.start));
      expect(found.map((each) => each.toLowerCase())).toContain(text.toLowerCase());
    }
  }
  expect(relations.length).toBeGreaterThan(0);
  const packed = await runBiogpt(["extract", "-", "--batch", "1"], { input: gzipSync(xml) });
  expect(jsonLines<ExtractedRelation>(packed.stdout).map(({ probability, ...rest }) => rest)).toEqual(
    relations.map(({ probability, ...rest }) => rest),
  );
});

test("bench --json: the promised fields, on an embedded model", async () => {
  const flags = ["--model", "biogpt-mini", "--dtype", "fp32", "--steps", "4", "--repetitions", "1", "--context", "16"];
  const { code, stdout, stderr } = await runBiogpt(["bench", ...flags, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const { prefill, decode, beam, load, ...facts } = JSON.parse(stdout);
  expect(facts).toMatchObject({ shape: "biogpt-mini", dtype: "fp32" });
  expect(facts.device).toMatch(/^ONNX Runtime \d+\.\d+\.\d+, processor/);
  expect(facts.threads).toBeGreaterThan(0);
  expect(facts.peakMemoryBytes).toBeGreaterThan(30e6);
  expect(load.seconds).toBeGreaterThan(0);
  expect(prefill).toMatchObject({ tokens: 16 });
  expect(decode.map(({ batch }: { batch: number }) => batch)).toEqual([1, 16]);
  for (const { tokensPerSecond } of [prefill, beam, ...decode]) expect(tokensPerSecond).toBeGreaterThan(0);
});

test("help: every command is listed with a summary and has its own page", async () => {
  const { code, stdout } = await runBiogpt(["--help"]);
  expect(code).toBe(0);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+)\b.* {2,}\S/gm)].map(([, name]) => name!);
  for (const name of ["demo", "extract", "generate", "score", "inspect", "pull", "bench"])
    expect(listed).toContain(name);
  const page = await runBiogpt(["generate", "--help"]);
  expect(page.code).toBe(0);
  for (const option of ["--prompt-ids", "--beams", "--stream", "--json", "--model", "--dtype", "--device"])
    expect(page.stdout).toContain(option);
});

test("ask describes a molecule offline by the embedded model; an impossible one is refused", async () => {
  const question = "Please describe this molecule.";
  const { code, stdout, stderr } = await runBiogpt(["ask", "--molecule", "CC(=O)Oc1ccccc1C(=O)O", question]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^The molecule .*\n$/);
  expect(stderr).toMatch(/^note: this is what ChEBI .* says of a similar molecule, /);
  const own = await runBiogpt(["ask", "--json", "--molecule", "O=S(Cl)Cl", question]);
  expect(JSON.parse(own.stdout)).toMatchObject({
    text: expect.stringMatching(/^The molecule is a sulfinyl halide/),
    ...{ finishReason: "copied", molecules: [{ smiles: "O=S(Cl)Cl", atoms: 4 }] },
    neighbour: { input: "O=S(Cl)Cl", similarity: 1, isSame: true, source: expect.stringMatching(/^ChEBI/) },
  });
  expect(own.stderr).toMatch(/^note: this is what ChEBI .* says of this molecule\n$/);
  const impossible = await runBiogpt(["ask", "--molecule", "C(C)(C)(C)(C)C", question]);
  expect([impossible.code, impossible.stdout]).toEqual([1, ""]);
  expect(impossible.stderr).toContain("[molecules/valence]");
});
