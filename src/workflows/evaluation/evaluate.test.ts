/** What the command prints is what the function gives; relations of one's own are measured as `extract` says them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";
import { writerOf } from "../../tasks/relation-extraction/writer.fixture.ts";
import { extract } from "../extract.ts";
import { evaluate } from "./evaluate.ts";
import { evaluateOwnRelations } from "./own-relations.ts";

const WRITER = writerOf("drug-drug");

const folder = mkdtempSync(join(tmpdir(), "biogpt-evaluation-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXTS = [
  "Rifampicin lowers the plasma concentration of warfarin. Aspirin was not studied.",
  "Concomitant use of ketoconazole increases the plasma levels of midazolam and triazolam. Avoid it.",
  "The effect of warfarin may be enhanced by aspirin and by ibuprofen.",
];

test("command and function: the same scores, with a model, a baseline and the gold", async () => {
  const triples = [{ drug: "Rifampicin", target: "warfarin", interaction: "mechanism" }];
  const documents = { "1": { abstract: TEXTS[0], triples }, "2": { abstract: TEXTS[1], triples: [] } };
  for (const split of ["train", "valid", "test"]) writeFileSync(at(`${split}.json`), JSON.stringify(documents));
  const model = WRITER;
  for (const [options, flags] of [
    [{ gold: true }, ["--gold"]],
    [{ baseline: "copy-all-pairs" }, ["--baseline", "copy-all-pairs"]],
    [{ model, threads: 1 }, ["--model", model, "--threads", "1"]],
    [
      { model, decoding: "ranked", beams: 4, threads: 1 },
      ["--model", model, "--decoding", "ranked", "--beams", "4", "--threads", "1"],
    ],
  ] as const) {
    const said = testTerminal();
    expect(await run(["evaluate", "ddi", "--data", folder, "--json", ...flags], said), said.notes.join("\n")).toBe(0);
    const { seconds: _, ...printed } = JSON.parse(said.out.join(""));
    const { seconds: __, ...returned } = await evaluate("DDI", { data: folder, ...options });
    expect(JSON.parse(JSON.stringify(returned))).toEqual(printed);
  }
});

test("what extract says of one's own documents is right when it is the gold, and nothing else is said", async () => {
  writeFileSync(at("texts.jsonl"), TEXTS.map((text, id) => JSON.stringify({ id, text })).join("\n"));
  const lines: string[] = [];
  let count = 0;
  for await (const { document, relations } of extract([at("texts.jsonl")], { model: WRITER })) {
    const gold = relations.map(({ head, tail, relation }) => ({ head: head.text, tail: tail.text, relation }));
    count += gold.length;
    lines.push(JSON.stringify({ id: document.id, text: TEXTS[lines.length], relations: gold }));
  }
  expect(count).toBeGreaterThan(1);
  writeFileSync(at("own.jsonl"), lines.join("\n"));
  const options = { data: at("own.jsonl"), model: WRITER, schema: "drug-drug" };
  const report = await evaluateOwnRelations(options);
  expect(report).toMatchObject({ precision: 1, recall: 1, documents: 3, inventedArguments: 0 });
  expect(report.decoding).toMatch(/^ranked 16, sentences, .*calibrated$/);
  const sure = await evaluateOwnRelations({ ...options, threshold: 0.99 });
  expect(sure.recall).toBeLessThan(1);
  await expect(evaluateOwnRelations({ ...options, decoding: "labels" })).rejects.toThrow("means nothing for relations");
  await expect(evaluateOwnRelations({ ...options, decoding: "greedy", threshold: 0.5 })).rejects.toThrow(
    "Thresholds are for --decoding ranked and grounded.",
  );
});

test("an evaluation is stopped by its signal", async () => {
  const work = evaluate("ddi", { data: folder, model: WRITER }, { signal: AbortSignal.abort() });
  await expect(work).rejects.toMatchObject({ kind: "aborted" });
});
