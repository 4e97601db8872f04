/** A tiny model is taught what molecules hold: the loss falls, the run's folder is a BioMedGPT that sees them, a stopped run goes on to the bit. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { loadModel } from "../../pretrained/load/load.ts";
import { TINY, tinyFolder } from "../../pretrained/tiny-model.fixture.ts";
import { finetuneMolecules } from "./finetune-molecules.ts";

const base = await tinyFolder({ config: { ...TINY, width: 16, mlpWidth: 32, maxPositions: 64 } });
const PAIRS = [
  ["CCO", "o"],
  ["CCCO", "o"],
  ["OCC(C)C", "o"],
  ["c1ccccc1O", "o"],
  ["CCN", "n n"],
  ["CCCN", "n n"],
  ["NCC(C)C", "n n"],
  ["c1ccccc1N", "n n"],
];
const data = join(temporaryFolder(), "pairs.jsonl");
const lines = PAIRS.map(([smiles, answer]) => JSON.stringify({ smiles, question: "a", answer }));
writeFileSync(data, [...lines, JSON.stringify({ smiles: "c1cccc1", answer: "x" }), ""].join("\n"));
const SETTINGS = {
  encoderLayers: 2,
  encoderWidth: 12,
  epochs: 60,
  accumulate: 1,
  learningRate: 0.01,
  matrixLearningRate: 0.02,
};

test("the loss falls, and answers follow the molecule", async () => {
  const out = join(temporaryFolder(), "run");
  const notes: string[] = [];
  const losses: number[] = [];
  const options = { model: base, data, valid: data, out, settings: SETTINGS, threads: 1 };
  const result = await finetuneMolecules(options, {
    onEvent(event) {
      if (event.type === "note") notes.push(event.text);
      if (event.type === "evaluation") losses.push(event.record.heldOut.loss);
    },
  });
  expect(notes.join("\n")).toMatch(/1 lines of .*pairs.jsonl are left out[\s\S]*8 molecules; 60 updates/);
  expect(losses[0]).toBeGreaterThan(1);
  expect(losses.at(-1)).toBeLessThan(0.1);
  expect(result.step).toBe(60);
  using model = await loadModel(out, { threads: 1 });
  expect(model.family.modelType).toBe("biomedgpt-biogpt");
  for (const [smiles, answer] of [...PAIRS, ["CC(C)O", "o"], ["CC(C)N", "n n"]]) {
    const reply = await model.chat([{ role: "user", content: "a" }], { molecules: [smiles!], maxNewTokens: 8 });
    expect([smiles, reply.text]).toEqual([smiles, answer]);
  }
});

test("projection alone: nothing else changes; an encoder is trained on; a stopped run goes on where it was", async () => {
  const settings = { ...SETTINGS, epochs: 3, train: "projection" } as const;
  const whole = join(temporaryFolder(), "whole");
  await finetuneMolecules({ model: base, data, out: whole, settings, threads: 1 });
  const weights = (folder: string): Buffer => readFileSync(join(folder, "model.safetensors"));

  const out = join(temporaryFolder(), "stopped");
  const stop = new AbortController();
  const stopping = finetuneMolecules(
    { model: base, data, out, settings, threads: 1 },
    { signal: stop.signal, onEvent: (event) => event.type === "update" && event.record.step === 1 && stop.abort() },
  );
  await expect(stopping).rejects.toMatchObject({ code: "training/stopped" });
  const goesOn = testTerminal();
  expect(await run(["finetune", "--resume", "--out", out, "--threads", "1"], goesOn), goesOn.notes.join("\n")).toBe(0);
  expect(weights(out).equals(weights(whole))).toBe(true);

  const further = join(temporaryFolder(), "further");
  const terminal = testTerminal();
  const config = join(temporaryFolder(), "settings.json");
  writeFileSync(config, JSON.stringify({ train: "encoder", accumulate: 1 }));
  const args = ["finetune", "molecules", "--model", whole, "--data", data, "--out", further, "--config", config];
  expect([
    await run([...args, "--epochs", "1", "--threads", "1", "--json"], terminal),
    terminal.notes.join("\n"),
  ]).toEqual([0, expect.anything()]);
  expect(weights(further).equals(weights(whole))).toBe(false);
  const plain = ["finetune", "molecules", "--model", base, "--data", data, "--out", join(temporaryFolder(), "x")];
  const refused = testTerminal();
  expect(await run([...plain, "--types", "Gene"], refused)).toBe(2);
  expect(refused.notes.join("\n")).toMatch(/--types has no effect with molecules/);
});

test("lines of another form and unknown settings are refused", async () => {
  const bad = join(temporaryFolder(), "bad.jsonl");
  writeFileSync(bad, '{"smiles": "CCO", "text": "an alcohol"}\n');
  const options = { model: base, out: join(temporaryFolder(), "run") };
  await expect(finetuneMolecules({ ...options, data: bad })).rejects.toThrow(/Line 1 of .* lacks smiles or answer/);
  const settings = { encoderWidht: 8 } as never;
  await expect(finetuneMolecules({ ...options, data, settings })).rejects.toThrow(/no setting "encoderWidht"/);
});
