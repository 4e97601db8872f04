/** `evaluate chebi20` as a user runs it: outputs of a file with the JSON that the issue gives, a model that answers and is stopped, slips. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";
import { TINY_WITH_TEXT, tinyBioMedGpt } from "../../pretrained/tiny-biomedgpt.fixture.ts";
import { ask } from "../ask.ts";
import { evaluateDescribed } from "./described.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-described-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = "CID\tSMILES\tdescription\n";
writeFileSync(
  at("test.txt"),
  `${HEADER}1\tC/C=C\\\\C\tThe molecule is an alkene.\n2\tCCO\tThe molecule is an alcohol.\n`,
);
writeFileSync(
  at("validation.txt"),
  `${HEADER}3\tCCCO\tThe molecule is a primary alcohol.\n4\tC=CC\tThe molecule is an olefin.\n`,
);

async function ok(
  args: readonly string[],
): Promise<{ readonly json: Record<string, unknown>; readonly notes: string }> {
  const said = testTerminal();
  expect(await run(args, said), said.notes.join("\n")).toBe(0);
  return { json: JSON.parse(said.out.join("")) as Record<string, unknown>, notes: said.notes.join("\n") };
}

test("outputs of a file: the metrics by variant, and a page that stands alone", async () => {
  writeFileSync(
    at("outputs.tsv"),
    "SMILES\tground truth\toutput\nCCO\tThe molecule is an alcohol.\tThe molecule is <b>an</b> acid.\n",
  );
  const { json } = await ok([
    "evaluate",
    "chebi20",
    "--predictions",
    at("outputs.tsv"),
    "--report",
    at("page.html"),
    "--json",
  ]);
  expect(Object.keys(json).slice(0, 3)).toEqual(["task", "pairs", "metrics"]);
  expect(json).toMatchObject({ task: "chebi20", pairs: 1, nearest: null });
  const { A } = json["metrics"] as { readonly A: object };
  expect(Object.keys(A)).toEqual(["bleu2", "bleu4", "rouge1", "rouge2", "rougeL", "meteor"]);
  const page = readFileSync(at("page.html"), "utf8");
  expect(page).toContain("MolT5-large (published)");
  expect(page).not.toMatch(/<b>an|https?:|<script/);
});

test("truths of the data, doubled backslashes halved; neighbours from the file beside it, or from the one that is named", async () => {
  writeFileSync(at("gpt.tsv"), "CID\tmolecule2caption\n2\tAn alcohol.\n1\tAn alkene.\n");
  const args = [
    "evaluate",
    "chebi20",
    "--predictions",
    at("gpt.tsv"),
    "--data",
    at("test.txt"),
    "--draws",
    "20",
    "--json",
  ];
  const { json, notes } = await ok(args);
  expect(notes).toContain(`nearest neighbours are taken from ${at("validation.txt")}`);
  expect(json).toMatchObject({
    pairs: 2,
    nearest: { known: 2, sameInput: 0 },
    // Where WordNet is not installed, METEOR's stage of synonyms too.
    skipped: expect.arrayContaining([expect.stringContaining("Variant C")]),
  });
  writeFileSync(at("pairs.jsonl"), '{"smiles":"C/C=C\\\\C","answer":"The molecule is an alkene."}\n');
  const named = await ok([...args, "--train", at("pairs.jsonl")]);
  expect(named.json).toMatchObject({ nearest: { known: 1, sameInput: 1 } });
});

test("a model answers, what it wrote is kept, and a second run asks only for the rest", async () => {
  const save = at("kept.tsv");
  const args = [
    "evaluate",
    "chebi20",
    "--data",
    at("test.txt"),
    "--model",
    "biogpt-mini",
    "--max-new-tokens",
    "8",
    "--save",
    save,
  ];
  const { json } = await ok([...args, "--draws", "0", "--json"]);
  expect(json).toMatchObject({ model: "biogpt-mini", pairs: 2, modelHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const lines = readFileSync(save, "utf8").trimEnd().split("\n");
  expect(lines[0]).toBe("id\tinput\tquestion\tground truth\toutput\tmodel");
  const cells = lines[1]!.split("\t");
  cells[4] = "Kept as it is.";
  writeFileSync(save, [lines[0], cells.join("\t"), "2\tCCO\thalf a li"].join("\n"));
  let answered = 0;
  const result = await evaluateDescribed(
    "chebi20",
    { data: at("test.txt"), model: "biogpt-mini", maxNewTokens: 8, save, draws: 0 },
    {
      onEvent: (event) => {
        if (event.type === "progress" && event.unit === "questions") answered = event.done;
      },
    },
  );
  expect(answered).toBe(1);
  expect(result.pairs).toBe(2);
  expect(readFileSync(save, "utf8").split("\n")[1]).toContain("Kept as it is.");
  expect(readFileSync(save, "utf8").trimEnd().split("\n")).toHaveLength(3);
  const other = evaluateDescribed("chebi20", { data: at("test.txt"), model: "biogpt-mini", maxNewTokens: 9, save });
  await expect(other).rejects.toThrow(/outputs of another model, or of other settings/);
});

test("what the model cannot take is counted, and its output is empty", async () => {
  const answererOf = (): { hash: string; answer: (records: readonly { input: string }[]) => Promise<string[]> } => ({
    hash: "h",
    answer: async (records) => {
      const { morganFingerprint } = await import("../../molecules/chemistry.ts");
      return Promise.all(
        records.map(async ({ input }) => `${(await morganFingerprint(input)).count > 0 ? 3 : 0} atoms`),
      );
    },
  });
  writeFileSync(at("bad.jsonl"), '{"smiles":"CCO","answer":"3 atoms"}\n{"smiles":"C(C)(C)(C)(C)C","answer":"none"}\n');
  const options = { data: at("bad.jsonl"), model: "biogpt-mini", answererOf, draws: 0, train: at("bad.jsonl") };
  const result = await evaluateDescribed("pubchemqa", options);
  expect(result.skipped[0]).toBe("1 of 2 records could not be given to the model; their outputs are empty.");
  expect(result.entities.recall).toBe(0.5);
});

test("answers from what is known of relatives, or of the model alone, which then sees the molecule", async () => {
  const model = await tinyBioMedGpt(TINY_WITH_TEXT);
  const data = at("three.jsonl");
  writeFileSync(
    data,
    [
      '{"smiles":"CCO","answer":"The molecule is an alcohol."}',
      '{"smiles":"CCO","question":"Is it toxic?","answer":"No."}',
      '{"smiles":"not a molecule","answer":"None."}',
    ].join("\n"),
  );
  const load = { threads: 1, cacheFolder: at("cache") };
  const options = { data, model, load, maxNewTokens: 3, draws: 0, train: at("validation.txt") };
  const outputs = async (more: object): Promise<readonly string[]> => {
    const save = at(`known-${Object.keys(more)[0]}.tsv`);
    await evaluateDescribed("pubchemqa", { ...options, save, ...more });
    return readFileSync(save, "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t")[4]!);
  };
  const known = await outputs({ known: at("validation.txt") });
  const alone = await outputs({ alone: true });
  expect(known).toEqual(["The molecule is a primary alcohol.", alone[1], ""]);
  expect(alone[0]).not.toBe(known[0]);
  const chatted = await ask("Is it toxic?", {
    ...{ model, load, maxNewTokens: 3 },
    attachments: [{ kind: "molecule", text: "CCO" }],
  });
  expect(alone[1]).toBe(chatted.text.replace(/\s+/g, " "));
  expect(readdirSync(at("cache/known-molecules"))).toHaveLength(1);
  const both = evaluateDescribed("pubchemqa", { ...options, known: at("validation.txt"), alone: true });
  await expect(both).rejects.toThrow("--known has no effect with --alone.");
});

test("proteins by accession, with the sequences of a FASTA file", async () => {
  writeFileSync(
    at("uniprotqa.json"),
    JSON.stringify([
      { protein_accession: ["P1"], question: "Q", answer: "A kinase." },
      { protein_accession: ["P9"], question: "Q", answer: "A lyase." },
    ]),
  );
  writeFileSync(at("p.fasta"), ">sp|P1|K_HUMAN kinase\nMAKEDTLEFPGVV\n");
  writeFileSync(at("out.tsv"), "id\toutput\nP1\tA kinase.\n");
  const options = { data: at("uniprotqa.json"), sequences: at("p.fasta"), predictions: at("out.tsv"), draws: 0 };
  const result = await evaluateDescribed("uniprotqa", options);
  expect(result.pairs).toBe(1);
  expect(result.metrics.A!.rougeL).toBe(1);
  expect(result.skipped[0]).toBe("1 records of uniprotqa.json: no sequence is known for their accessions.");
});

test("slips end with code 2 or 1 and write nothing", async () => {
  const page = at("none.html");
  const cases: [string[], string, number?][] = [
    [[], "Give one of --predictions and --model"],
    [["--model", "x"], "Name the file that holds them with --data"],
    [["--predictions", at("outputs.tsv"), "--save", page], "have no effect on outputs of a file"],
    [["--predictions", at("outputs.tsv"), "--data", at("test.txt")], "brings its own truths"],
    [["--predictions", at("outputs.tsv"), "--gold"], "--gold has no effect with chebi20"],
    [["--predictions", at("missing.tsv")], "does not exist", 1],
    [["--predictions", at("gpt.tsv")], 'no column "ground truth"', 1],
    [["--predictions", at("outputs.tsv"), "--format", "csv"], "There is no format"],
  ];
  for (const [args, message, code = 2] of cases) {
    const said = testTerminal();
    expect(await run(["evaluate", "chebi20", ...args, "--report", page], said), message).toBe(code);
    expect(said.notes.join("\n")).toContain(message);
  }
  const said = testTerminal();
  expect(await run(["evaluate", "ddi", "--data", folder, "--predictions", "x"], said)).toBe(2);
  expect(said.notes.join("\n")).toContain("--predictions has no effect with ddi");
  expect(existsSync(page)).toBe(false);
});

const SHARED = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

test.skipIf(!existsSync(SHARED))(
  "variant C by the vocabulary that lies above the outputs (../shared/data)",
  async () => {
    const predictions = join(SHARED, "molecules/molt5/molt5-large-smiles2caption.txt.gz");
    const { metrics, pairs } = await evaluateDescribed("chebi20", { predictions, draws: 0, limit: 40 });
    expect(pairs).toBe(40);
    expect(metrics.C!.bleu4).toBeGreaterThan(metrics.A!.bleu4);
  },
);

test("the embedded model answers from what it knows; it has no network to be alone with, nor another file", async () => {
  const args = ["evaluate", "chebi20", "--data", at("test.txt"), "--model", "biomedgpt-mini", "--save", at("mini.tsv")];
  const { json } = await ok([...args, "--draws", "0", "--json"]);
  expect(json).toMatchObject({ pairs: 2, model: "biomedgpt-mini", modelHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const outputs = readFileSync(at("mini.tsv"), "utf8").trimEnd().split("\n").slice(1);
  const copied = await ask("Please describe this molecule.", { attachments: [{ kind: "molecule", text: "CCO" }] });
  expect(outputs[1]!.split("\t")[4]).toBe(copied.text);
  const options = { data: at("test.txt"), model: "biomedgpt-mini", draws: 0 };
  await expect(evaluateDescribed("chebi20", { ...options, alone: true })).rejects.toMatchObject({
    code: "pretrained/knows-alone",
  });
  await expect(evaluateDescribed("chebi20", { ...options, known: at("validation.txt") })).rejects.toMatchObject({
    code: "evaluation/option",
  });
});
