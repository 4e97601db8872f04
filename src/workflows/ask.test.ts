/** Questions about molecules and proteins, from code, as commands and within a conversation. The answers' own goldens: biomedgpt-goldens.test.ts. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { engineOf } from "../generation/generation.ts";
import { readMolecule } from "../molecules/chemistry.ts";
import { loadModel } from "../pretrained/load/load.ts";
import { TINY_WITH_TEXT as TINY, tinyBioMedGpt } from "../pretrained/tiny-biomedgpt.fixture.ts";
import { tinyLlama } from "../pretrained/tiny-llama.fixture.ts";
import { readKnown, writeKnown } from "../tasks/known-descriptions/known-file.ts";
import { learnMolecules } from "../tasks/known-descriptions/known-molecules.ts";
import { ask } from "./ask.ts";
import { openChat } from "./chat.ts";

const folder = await tinyBioMedGpt(TINY);
const load = { threads: 1 };
const file = (name: string, text: string): string => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
};
const EMBEDDED = fileURLToPath(new URL("../../models/biomedgpt-mini/known.jsonl.gz", import.meta.url));
const FASTA = file("two.fasta", ">P1 the first\nMAKED\n>P2 the second\nmakedtl\n");

async function command(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const terminal = testTerminal();
  const code = await run(["ask", ...args], terminal);
  return { code, out: terminal.out.join(""), notes: terminal.notes.join("\n") };
}

test("the command's JSON: attachments in the order of the line, ids, positions, the likelihood of an answer", async () => {
  const golden = TINY.questions[2]!;
  const options = ["--model", folder, "--threads", "1", "--max-new-tokens", "12", "--json"];
  const molecules = golden.attachments.slice(1).flatMap(([, smiles]) => ["--molecule", smiles]);
  const given = ["--protein", `${FASTA}#P1`, ...molecules, "--answer", golden.answer];
  const { code, out } = await command(...options, ...given, golden.question);
  expect(code).toBe(0);
  const asked = JSON.parse(out);
  expect(Object.keys(asked)).toEqual(
    "prompt promptIds positions ids text finishReason molecules proteins answerLogLikelihood model".split(" "),
  );
  expect(asked.promptIds).toEqual(golden.promptIds);
  expect(asked.positions).toBe(golden.positions);
  expect(asked.answerLogLikelihood).toBeCloseTo(golden.answerLogLikelihood, 3);
  expect(asked.molecules).toEqual([
    { smiles: "CCO", atoms: 3 },
    { smiles: "O=c1cc[nH]cc1", atoms: 7 },
  ]);
  expect(asked.proteins).toEqual([{ name: "P1", residues: 5, used: 5 }]);
  expect(asked.prompt).toMatch(
    /Answer questions about it\. ### Human: <protein><proteinHere><\/protein> ### Human: <molecule><moleculeHere><\/molecule> ### Human: <molecule><moleculeHere><\/molecule> Do they bind\? ### Assistant: $/,
  );
});

test("what a question says is text: a placeholder is no molecule, an end token does not end", async () => {
  const model = folder;
  const plain = await ask("What is <moleculeHere>?", { model, load, maxNewTokens: 4 });
  expect(plain.promptIds).not.toContain(-1);
  expect(plain.positions).toBe(plain.promptIds.length);
  const ended = await ask("</s> What?", {
    model,
    load,
    maxNewTokens: 4,
    attachments: [{ kind: "molecule", text: "C" }],
  });
  expect(ended.promptIds).not.toContain(2);
  expect(ended.promptIds.filter((id) => id === -1)).toEqual([-1]);
});

test("notes say what was changed or is not read", async () => {
  const notes: string[] = [];
  const onEvent = (event: { type: string; text?: string }): unknown => event.type === "note" && notes.push(event.text!);
  const attachments = [
    { kind: "protein", text: `${FASTA}#P2` },
    { kind: "molecule", text: "[Na+].[Cl-]" },
  ] as const;
  const { proteins, positions, promptIds } = await ask(
    "Q",
    { model: folder, load, maxNewTokens: 2, attachments },
    { onEvent },
  );
  expect(proteins).toEqual([{ name: "P2", residues: 7, used: 7 }]);
  expect(positions).toBe(promptIds.length - 2 + 9 + 2);
  expect(notes.join("\n")).toMatch(/7 of 7 residues were in lower case[\s\S]*parts are not joined/);
});

test.each([
  [["--molecule", "C(C)(C)(C)(C)C"], 1, /too many bonds/],
  [["--molecule", "c1cccc1"], 1, /is no molecule/],
  [["--molecule", "C".repeat(10_000)], 1, /10000 atoms/],
  [["--molecule", "CN(C)CCC".repeat(160)], 1, /has a chain of 800 atoms/],
  [["--protein", "A".repeat(20_000) + "W".repeat(20_000)], 1, /40000 residues/],
  [["--protein", file("dna.fasta", ">x\nACGTACGTACGTACGTACGTACGT\n")], 1, /looks like DNA/],
  [["--protein", FASTA], 2, /holds 2 proteins: P1, P2[\s\S]*two.fasta#P1/],
  [["--protein", `${FASTA}#P3`], 2, /no protein P3/],
  [["--protein", "./nothing.fasta"], 1, /nothing.fasta cannot be read/],
  [["--protein", "MAK1*X!"], 1, /letters that are no residues/],
  [["--answer", "yes"], 2, /--answer has no effect without --json/],
] as const)("%j is refused", async (args, code, message) => {
  const got = await command("--model", folder, "--threads", "1", ...args, "Please describe it.");
  expect(got.notes.slice(0, 2000)).toMatch(message);
  expect([got.code, got.out]).toEqual([code, ""]);
});

test("more residues than the encoder reads, and more positions than the context", async () => {
  const text = "MAKEDTLEFPGW".repeat(100);
  const attachments = [{ kind: "protein", text }] as const;
  const asking = ask("Q", { model: folder, load, attachments });
  await expect(asking).rejects.toThrow(/takes 1\d\d\d positions; the model's context holds 1024[\s\S]*take 1024/);
});

test("a model that reads text alone refuses attachments and answers plain questions", async () => {
  const model = await tinyLlama({});
  const attachments = [{ kind: "molecule", text: "CCO" }] as const;
  const settings = { model, load, system: "", maxNewTokens: 2 };
  await expect(ask("Q", { ...settings, attachments })).rejects.toMatchObject({ code: "pretrained/no-encoder" });
  expect((await ask("Q", settings)).promptIds.length).toBeGreaterThan(3);
});

test("a conversation keeps what was attached, encodes it once and reuses its rows in the cache", async () => {
  using model = await loadModel(folder, load);
  using chat = await openChat({ model, maxNewTokens: 3, system: "S. " });
  expect(await chat.attach({ kind: "molecule", text: "CCO" })).toBe("Attached CCO, 3 atoms. Ask about it.");
  await expect(chat.attach({ kind: "molecule", text: "c1cccc1" })).rejects.toMatchObject({ code: "molecules/smiles" });
  const answer = async (question: string): Promise<number> => {
    const texts = chat.answer(question);
    for (let next = await texts.next(); ; next = await texts.next()) if (next.done) return next.value.promptTokens;
  };
  const first = await answer("What is it?");
  const before = engineOf(model.decoder).statistics.reusedPromptTokens;
  const second = await answer("And then?");
  expect(second).toBeGreaterThan(first);
  expect(chat.messages[0]).toMatchObject({ attachments: [{ kind: "molecule", text: "CCO" }] });
  // The whole first prompt, its molecule among it, stood in the cache.
  expect(engineOf(model.decoder).statistics.reusedPromptTokens - before).toBeGreaterThanOrEqual(first - 1);
  chat.clear();
  expect(await answer("What is it?")).toBeLessThan(first);
});

const KNOWN = file(
  "known.jsonl",
  [
    { smiles: "CCCCCCCC(=O)O", answer: "An acid." },
    { smiles: "c1ccccc1O", answer: "A phenol." },
    { sequence: "MAKEDTLGGSTWMAKEDTL", question: "What does it do?", answer: "It binds." },
  ]
    .map((line) => JSON.stringify(line))
    .join("\n"),
);

test("what a file says of a relative is the answer, and says whose it is; the model is not asked", async () => {
  const told = ["--model", folder, "--known", KNOWN, "--molecule", "CCCCCCC(=O)OC"];
  const { code, out, notes } = await command(...told, "Please describe this molecule.");
  expect([code, out.trim()]).toEqual([0, "An acid."]);
  expect(notes).toMatch(
    /note: this is what known\.jsonl says of a similar molecule, CCCCCCCC\(=O\)O \(similarity 0\.\d\d\), not of yours/,
  );
  const json = JSON.parse((await command(...told, "--json", "please describe  this molecule")).out);
  expect(json).toMatchObject({
    ...{ text: "An acid.", finishReason: "copied", ids: [], promptIds: [], positions: 0, model: "known.jsonl" },
    molecules: [{ smiles: "CCCCCCC(=O)OC", atoms: 10 }],
    neighbour: { input: "CCCCCCCC(=O)O", isSame: false, source: "known.jsonl" },
  });
  for (const question of ["Describe this compound", "What is this molecule?", "Tell me about it."]) {
    const attachments = [{ kind: "molecule", text: "OC(=O)CCCCCCC" }] as const;
    const { text, neighbour } = await ask(question, { known: KNOWN, attachments });
    expect([text, neighbour?.isSame]).toEqual(["An acid.", true]);
  }
  const attachments = [{ kind: "protein", text: `>Q\nMAKEDTLGGSTW` }] as const;
  const protein = await ask("What does it do?", { model: folder, load, known: KNOWN, attachments });
  expect(protein).toMatchObject({ text: "It binds.", proteins: [{ name: "Q", residues: 12, used: 12 }] });
});

test("what a file does not answer the model answers; --known beside --alone is refused", async () => {
  const attachments = [{ kind: "molecule", text: "CCO" }] as const;
  const settings = { model: folder, load, known: KNOWN, maxNewTokens: 2 };
  const others = [
    ask("Is it toxic?", { ...settings, attachments }),
    ask("Please describe this molecule.", { ...settings, attachments: [...attachments, ...attachments] }),
    ask("What does it do?", { ...settings, attachments: [{ kind: "protein", text: "PPPPPPPP" }] }),
  ];
  const notes: string[] = [];
  const onEvent = (event: { type: string; text?: string }): unknown => event.type === "note" && notes.push(event.text!);
  await ask("Is it toxic?", { ...settings, attachments }, { onEvent });
  expect(notes[0]).toBe(
    `note: ${KNOWN} has no answer to this question about one molecule or protein; the model is asked.`,
  );
  for (const { neighbour, ids } of await Promise.all(others)) {
    expect(neighbour).toBeUndefined();
    expect(ids.length).toBeGreaterThan(0);
  }
  const refused = await command("--model", folder, "--known", KNOWN, "--alone", "--molecule", "C", "Q");
  expect(refused.code).toBe(2);
  expect(refused.notes).toContain("Known answers have no effect where the model answers alone.");
});

test("what a model's folder knows needs no option; a damaged file is told", async () => {
  const own = await tinyBioMedGpt(TINY);
  const { known } = await learnMolecules([{ input: "CCO", answer: "An alcohol." }]);
  const question = "Please describe this molecule.";
  const path = join(own, "known.jsonl.gz");
  writeFileSync(path, writeKnown({ known, question, source: "a test", licence: "" }));
  const attachments = [{ kind: "molecule", text: "CCCO" }] as const;
  expect(await ask(question, { model: own, load, attachments })).toMatchObject({
    text: "An alcohol.",
    neighbour: { input: "CCO", source: "a test" },
  });
  const alone = await ask(question, { model: own, load, attachments, alone: true, maxNewTokens: 2 });
  expect(alone.neighbour).toBeUndefined();
  writeFileSync(path, "half a file");
  await expect(ask(question, { model: own, load, attachments })).rejects.toMatchObject({
    code: "tasks/known-molecules",
  });
});

test("without a model a file is enough; what it does not answer nobody does", async () => {
  const question = "Please describe this molecule.";
  const { code, out } = await command("--known", KNOWN, "--molecule", "Oc1ccccc1C", question);
  expect([code, out.trim()]).toEqual([0, "A phenol."]);
  const other = await command("--known", KNOWN, "--molecule", "C", "Is it toxic?");
  expect(other.code).toBe(2);
  expect(other.notes).toMatch(/known\.jsonl does not answer this[\s\S]*--model/);
});

test("the embedded model answers from what it knows, and says what it cannot", async () => {
  const question = "Please describe this molecule.";
  const { known } = readKnown(readFileSync(EMBEDDED), EMBEDDED);
  expect(known).toHaveLength(3301);
  expect(known.filter(({ smiles, text }) => smiles.includes("\\\\") || !text.startsWith("The molecule"))).toEqual([]);
  const aspirin = ["--molecule", "CC(=O)Oc1ccccc1C(=O)O"];
  const { code, out, notes } = await command(...aspirin, question);
  expect(code).toBe(0);
  expect(known.map(({ text }) => text)).toContain(out.trim());
  expect(notes).toMatch(
    /^note: this is what ChEBI .* says of a similar molecule, .*\(similarity 0\.\d\d\), not of yours$/,
  );
  const json = JSON.parse((await command(...aspirin, question, "--json", "--model", "biomedgpt-mini")).out);
  expect(json).toMatchObject({ text: out.trim(), neighbour: { isSame: false }, model: json.neighbour.source });
  expect(known.find(({ smiles }) => smiles === json.neighbour.input)?.text).toBe(json.text);
  for (const args of [
    [...aspirin, "Is it toxic?"],
    [...aspirin, question, "--alone"],
    [...aspirin, "--molecule", "C", question],
    ["--protein", "MAKED", "What does it do?"],
  ]) {
    const refused = await command(...args);
    expect([refused.code, refused.out]).toEqual([2, ""]);
    expect(refused.notes).toMatch(/tasks\/no-model[\s\S]*it answers "Please describe this molecule\."/);
  }
});

test("a molecule that the embedded model knows gets its own text, however it is written", async () => {
  const { known } = readKnown(readFileSync(EMBEDDED), EMBEDDED);
  const attachmentsOf = (text: string) => [{ kind: "molecule", text }] as const;
  for (const { smiles, text } of known.filter((_, at) => at % 500 === 0)) {
    const other = await readMolecule(smiles, (molecule) => molecule.get_smiles());
    const asked = await ask("What is this?", { attachments: attachmentsOf(other) });
    expect(asked).toMatchObject({ text, neighbour: { input: smiles, similarity: 1, isSame: true } });
  }
});

test("a model without a network is refused where one is needed, in a copy of its folder too", async () => {
  const copy = join(temporaryFolder(), "copy");
  cpSync(dirname(EMBEDDED), copy, { recursive: true });
  for (const name of ["biomedgpt-mini", copy])
    await expect(loadModel(name, load)).rejects.toMatchObject({ code: "pretrained/knows-alone" });
  const attachments = [{ kind: "molecule", text: "CCO" }] as const;
  expect((await ask("Describe it", { model: copy, attachments })).neighbour?.source).toMatch(/^ChEBI/);
});
