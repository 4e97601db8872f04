/**
 * `biogpt data import`: the raw files of a task to documents and examples, with every surprise said.
 * `biogpt data distant` is in data-distant.ts.
 */
import { countOf } from "../../base/count-of.ts";
import type { Task } from "../../tasks/task.ts";
import type { TaskManifest } from "../../tasks/task-data.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, choice, count, type FlagsOf, flag, number, required, SHARE, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";
import { registerDistant } from "./data-distant.ts";

const OPTIONS = {
  out: required(text("folder", "folder to write; an earlier import is replaced")),
  format: text(
    "format",
    "which files to read where several lie there: json, pubtator, bioc (BC5CDR); json, xml, brat (DDI); tsv, original (HoC)",
  ),
  template: text("form", "target form: rel-is, svo, is-of, htr or 2type (default: rel-is)"),
  order: choice(
    "order",
    "order of the relations in a target: as the original does it, as the text names them, or random in train, for models whose " +
      "first relation is to be any of the relations (default: parity)",
    ["parity", "appearance", "random"],
  ),
  repeats: count("n", "with --order random: each training document so often, in another order each time (default: 1)", {
    min: 1,
    max: 1000,
  }),
  setting: choice("setting", "PubMedQA: without or with the abstract's conclusion (default: reasoning-required)", [
    "reasoning-required",
    "reasoning-free",
  ]),
  fold: count("n", "PubMedQA: validation fold (default: 0)", { max: 9 }),
  validationShare: number(
    "share",
    "HoC: part of train that validates, as valid is test; 0 keeps all in train (default: 0.1)",
    { min: 0, max: 0.5 },
  ),
  trainFromValid: number(
    "share",
    "KD-DTI without train.json: part of valid's fully named documents that is trained on; the rest stays valid",
    SHARE,
  ),
  drugProt: text("folder", "KD-DTI: train on DrugProt's documents as well (one part of it, as published)"),
  seed: count("n", "HoC, KD-DTI: seed of that choice; of --order random (default: 1)"),
  drugbank: text("file", "KD-DTI: your DrugBank file (full XML or CSV), for the names behind its ids"),
  json: flag("print the manifest"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const dataCommand: CommandModule = {
  examples: [
    "biogpt data import BC5CDR raw/BC5CDR --out bc5cdr",
    "biogpt data import PubMedQA raw/PubMedQA --out pubmedqa --setting reasoning-free",
    "biogpt data distant bc5cdr --data bc5cdr --corpus corpus --out distant.jsonl",
    "biogpt data distant pubmedqa --data pubmedqa --corpus corpus --out questions.jsonl --limit 5000",
  ],
  register(program, terminal) {
    const data = program
      .command("data")
      .summary("prepare task data")
      .description("Prepares the data of the benchmark tasks.");
    addOptions(data.command("import"), OPTIONS)
      .summary("raw corpus files to documents and examples")
      .description(
        "Reads the raw files of BC5CDR, DDI, KD-DTI, HoC or PubMedQA and writes {train,valid,test}.jsonl, one example a line\n" +
          "(id, source, target, document, gold), and manifest.json with counts, hashes and whatever is surprising about the data.",
      )
      .argument("<task>", "BC5CDR, DDI, KD-DTI, HoC or PubMedQA; case does not matter")
      .argument("<path>", "folder of the raw files, as downloaded; gzip, zip and tar are read as they are")
      .action((task: string, path: string, flags: Flags) => run(task, path, flags, terminal));
    registerDistant(data, terminal);
  },
};

async function run(name: string, path: string, { json, ...options }: Flags, terminal: Terminal): Promise<void> {
  const { importData } = await import("../../workflows/import-data.ts");
  const { taskNamed } = await import("../../tasks/registry.ts");
  const manifest = await importData(name, path, options, terminalContext(terminal));
  await writeResult(terminal, json, manifest, () => summary(manifest, taskNamed(manifest.task).items));
  for (const { text } of manifest.surprises) terminal.note(`note: ${text}`);
}

function summary({ task, setting, splits }: TaskManifest, things: Task["items"]): string[] {
  const rows = Object.entries(splits).map(([split, counts]) => {
    const { examples = 0, items = 0, withoutRelations = 0, withPlaceholders = 0 } = counts ?? {};
    const apart = withoutRelations > 0 ? `, ${countOf(withoutRelations, "document")} without relations apart` : "";
    const open = withPlaceholders > 0 ? `, ${countOf(withPlaceholders, "example")} with placeholders apart` : "";
    const held = countOf(items, things.slice(0, -1));
    return `  ${split.padEnd(5)}  ${countOf(examples, "example")}, ${held}${apart}${open}`;
  });
  return [`${task} (${setting})`, ...rows];
}
