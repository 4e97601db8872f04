/** `biogpt demo`: the main job on the embedded models, shown for people: from PubMed XML to anchored relations and a graph of them. */
import { fileURLToPath } from "node:url";
import { formatAmount } from "../../base/amounts.ts";
import { countOf } from "../../base/count-of.ts";
import type { CommandModule } from "../define.ts";
import { styles } from "../styles.ts";
import type { Terminal } from "../terminal.ts";

const SAMPLE = new URL("../../../samples/abstracts.xml", import.meta.url);
const PROMPT = "Patients with type 2 diabetes mellitus were";

export const demoCommand: CommandModule = {
  examples: ["biogpt demo", "biogpt demo --quiet"],
  register(program, terminal) {
    program
      .command("demo")
      .summary("see it work on sample abstracts, offline")
      .description(
        "Extracts what chemicals do from sample abstracts, continues a sentence, and joins the abstracts in a small knowledge graph, with the embedded models.",
      )
      .action(() => run(terminal));
  },
};

async function run(terminal: Terminal): Promise<void> {
  await showRelations(terminal);
  await continueSentence(terminal);
  await showGraph(terminal);
  const next = ["extract FILE.xml.gz > relations.jsonl", "mine FILES --out kg", "--help"];
  await terminal.writeLine(`\nNext:  ${next.map((words) => `biogpt ${words}`).join("     ")}`);
}

async function showRelations(terminal: Terminal): Promise<void> {
  const { extract } = await import("../../workflows/extract.ts");
  const { openReader } = await import("../../workflows/open-reader.ts");
  const { relationText } = await import("../../workflows/relation-text.ts");
  const { bold, dim } = styles(terminal.isTerminal);
  const { signal } = terminal;
  const started = performance.now();
  const totals = { documents: 0, relations: 0 };
  using reader = await openReader(undefined, { signal });
  await terminal.writeLine(bold(`What do these abstracts state?  (samples/abstracts.xml, model ${reader.name})`));
  for await (const found of extract([fileURLToPath(SAMPLE)], { model: reader, scheme: "all" }, { signal })) {
    for (const line of relationText(found, styles(terminal.isTerminal))) await terminal.writeLine(line);
    totals.documents++;
    totals.relations += found.relations.length;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const found = `${countOf(totals.relations, "relation")} in ${countOf(totals.documents, "abstract")}`;
  await terminal.writeLine(dim(`\n${found}, ${seconds} s with loading.`));
}

async function continueSentence(terminal: Terminal): Promise<void> {
  const { loadModel } = await import("../../workflows/biogpt-model.ts");
  const { parameterCount } = await import("../../models/index.ts");
  const { bold, dim } = styles(terminal.isTerminal);
  const { signal } = terminal;
  using model = await loadModel(undefined, { signal });
  await terminal.writeLine(bold(`\nA sentence, continued  (model ${model.name})`));
  await terminal.write(`  ${PROMPT} `);
  const settings = { maxNewTokens: 40, noRepeatNGram: 3, beams: 1, signal };
  for await (const { text } of model.stream(PROMPT, settings)) await terminal.write(text);
  const size = formatAmount(parameterCount(model.family.tensors(model.config)), "parameters");
  await terminal.writeLine(
    dim(
      `\n\nThese models are small (${size}) and come with the package so that everything works offline.\n` +
        'The published ones are one flag away: biogpt generate --model microsoft/biogpt --prompt "COVID-19 is"',
    ),
  );
}

/** What the abstracts come to together: concepts with their identifiers in place of names. */
async function showGraph(terminal: Terminal): Promise<void> {
  const { strongestOf } = await import("../../workflows/mining/passing-graph.ts");
  const { graphRows } = await import("../../workflows/mining/graph-rows.ts");
  const title = "The same as a graph: its strongest edges  (biogpt mine, biogpt graph neighbours)";
  await terminal.writeLine(styles(terminal.isTerminal).bold(`\n${title}`));
  const settings = { schemes: ["all"], limit: 5, threshold: 0.5 };
  const strongest = await strongestOf([fileURLToPath(SAMPLE)], settings, terminal);
  for (const line of graphRows(strongest, "text")) await terminal.writeLine(`  ${line}`);
}
