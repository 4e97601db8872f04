/** Raw folders of all five tasks with a few documents each, and a model of a few kilobytes that can read them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { biogpt, writeSmallData } from "../training/small-data.fixture.ts";

const NAMES = ["aspirin", "lithium", "warfarin", "morphine"];

/** Writes BC5CDR, DDI, KD-DTI (without train.json), HoC and PubMedQA below `folder`. */
export function writeRawTasks(folder: string): void {
  const json = (task: string, name: string, value: object): void => {
    mkdirSync(join(folder, task), { recursive: true });
    writeFileSync(join(folder, task, name), JSON.stringify(value));
  };
  const perName = (from: number, record: (name: string) => object): object =>
    Object.fromEntries(NAMES.map((name, at) => [`${from + at}`, record(name)]));
  for (const [at, split] of ["train", "valid", "test"].entries()) {
    const from = 10 * (at + 1);
    json(
      "BC5CDR",
      `${split}.json`,
      perName(from, (drug) => ({
        ...{ title: `${drug} and pain`, abstract: `${drug} causes pain.`, chemical2id: { [drug]: "D1" } },
        ...{ disease2id: { pain: "D2" }, relations: [{ chemical: "D1", disease: "D2" }] },
      })),
    );
    const triples = (drug: string, interaction: string) => [{ drug, target: "cox", interaction }];
    json(
      "DDI",
      `${split}.json`,
      perName(from, (drug) => ({ abstract: `${drug} raises cox.`, triples: triples(drug, "effect") })),
    );
    if (split !== "train") {
      json(
        "KD-DTI",
        `${split}.json`,
        perName(from, (drug) => ({
          title: drug,
          abstract: `${drug} inhibits cox.`,
          triples: triples(drug, "inhibitor"),
        })),
      );
    }
    mkdirSync(join(folder, "HoC"), { recursive: true });
    const rows = NAMES.map((drug, row) => `${drug} ${split}.\t${row % 2 === 0 ? "empty" : "cellular energetics"}`);
    writeFileSync(join(folder, "HoC", `${split}.tsv`), `${rows.join("\n")}\n`);
  }
  const questions = Array.from({ length: 40 }, (_, at) => [
    `${at}`,
    {
      ...{
        QUESTION: `does ${NAMES[at % 4]} act?`,
        CONTEXTS: ["it may."],
        LABELS: ["RESULTS"],
        LONG_ANSWER: "it does.",
      },
      final_decision: at % 2 === 0 ? "yes" : "no",
    },
  ]);
  json("PubMedQA", "ori_pqal.json", Object.fromEntries(questions));
}

/** Pretrains a model for a moment. @returns its folder */
export async function writeTinyModel(folder: string): Promise<string> {
  const { data, tokenizer } = writeSmallData(folder);
  const letters = [..."abcdefghijklmnopqrstuvwxyz.;,:?@/-"]; // with the characters of the targets' sentences
  const pieces = ["<s>", "<pad>", "</s>", "<unk>", ...letters, ...letters.map((letter) => `${letter}</w>`), "in"];
  writeFileSync(
    join(tokenizer, "vocab.json"),
    JSON.stringify(Object.fromEntries(pieces.map((piece, i) => [piece, i]))),
  );
  const model = { layers: 1, width: 16, heads: 2, maxPositions: 256, dropout: 0, attentionDropout: 0 };
  const settings = { model, length: 32, batch: 4, steps: 10, learningRate: 0.01, clip: 1, evaluateEvery: 0 };
  const config = join(folder, "pretrain.json");
  writeFileSync(config, JSON.stringify(settings));
  const out = join(folder, "base");
  const files = ["--config", config, "--data", data, "--tokenizer", tokenizer, "--out", out];
  const made = await biogpt(["pretrain", ...files, "--threads", "1"]);
  if (made.code !== 0) throw new Error(made.stderr);
  return out;
}
