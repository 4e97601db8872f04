/** `biogpt graph`: questions to a knowledge graph that `biogpt mine` made. */
import type { Command } from "commander";
import type { CommandModule } from "../define.ts";
import { noEffect } from "../no-effect.ts";
import {
  addOptions,
  choice,
  count,
  type FlagsOf,
  flag,
  number,
  type OptionTable,
  repeated,
  SHARE,
  text,
} from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OUTPUT = { json: flag("one JSON object a line"), tsv: flag("a table with a header") };
const FILTER = {
  limit: count("n", "at most so many", { min: 1 }, 20),
  relation: repeated("kind", "relations of this kind alone"),
  threshold: number("p", "leave out relations under this probability", SHARE, 0),
  ...OUTPUT,
};
const FIND = {
  type: text("type", "concepts of this type alone"),
  limit: count("n", "at most so many", { min: 1 }, 20),
  ...OUTPUT,
};
const NEIGHBOURS = {
  direction: choice("way", "the concept is the head (out), the tail (in), or either", ["in", "out", "both"], "both"),
  ...FILTER,
};
const PATH = {
  steps: count("n", "most relations of the chain", { min: 1, max: 6 }, 4),
  relation: FILTER.relation,
  threshold: FILTER.threshold,
  ...OUTPUT,
};

type Output = FlagsOf<typeof OUTPUT>;

export const graphCommand: CommandModule = {
  examples: [
    "biogpt graph stats kg",
    "biogpt graph stats kg --json",
    "biogpt graph find kg metformin",
    "biogpt graph find kg renal --type Disease --tsv",
    "biogpt graph neighbours kg metformin --threshold 0.5",
    "biogpt graph neighbours kg mesh:D008687 --direction out --json",
    'biogpt graph path kg metformin "renal failure"',
    "biogpt graph path kg metformin seizures --steps 3 --json",
    'biogpt graph evidence kg metformin "lactic acidosis"',
    "biogpt graph evidence kg metformin --limit 50 --tsv",
  ],
  register(program, terminal) {
    const graph = program
      .command("graph")
      .summary("ask a knowledge graph")
      .description(
        "Questions to a knowledge graph that `biogpt mine` made. Concepts are named by identifier or by name.",
      );
    const ask = <Table extends OptionTable>(name: string, summary: string, options: Table): Command =>
      addOptions(graph.command(name), options)
        .summary(summary)
        .description(summary)
        .argument("<graph>", "folder of the graph");
    const context = terminalContext(terminal);
    const questions = () => import("../../workflows/mining/ask-graph.ts");

    ask("stats", "what is in it, in numbers", OUTPUT).action(async (folder: string, flags: Output) => {
      await show([await (await questions()).graphStats(folder, context)], flags, terminal);
    });
    ask("find", "concepts that have the words in one of their names", FIND)
      .argument("<words>", "part of a name, or an identifier")
      .action(async (folder: string, words: string, flags: FlagsOf<typeof FIND>) => {
        await show(await (await questions()).graphFind(folder, words, flags, context), flags, terminal);
      });
    ask("neighbours", "relations of a concept, the most probable first; of the whole graph without one", NEIGHBOURS)
      .argument("[concept]", "identifier or name")
      .action(async (folder: string, concept: string | undefined, flags: FlagsOf<typeof NEIGHBOURS>) => {
        const { graphNeighbours, graphStrongest } = await questions();
        const options = { ...flags, relations: flags.relation };
        const rows =
          concept === undefined
            ? await graphStrongest(folder, options, context)
            : await graphNeighbours(folder, concept, options, context);
        await show(rows, flags, terminal);
      });
    ask("path", "a shortest chain of relations between two concepts", PATH)
      .argument("<from>", "identifier or name")
      .argument("<to>", "identifier or name")
      .action(async (folder: string, from: string, to: string, flags: FlagsOf<typeof PATH>) => {
        const options = { ...flags, relations: flags.relation };
        await show(await (await questions()).graphPath(folder, from, to, options, context), flags, terminal);
      });
    ask("evidence", "sentences that state relations of a concept, or between two", FILTER)
      .argument("<concept>", "identifier or name")
      .argument("[other]", "identifier or name")
      .action(async (folder: string, concept: string, other: string | undefined, flags: FlagsOf<typeof FILTER>) => {
        const options = { ...flags, relations: flags.relation };
        await show(await (await questions()).graphEvidence(folder, concept, other, options, context), flags, terminal);
      });
  },
};

async function show(rows: readonly object[], { json, tsv }: Output, terminal: Terminal): Promise<void> {
  const { graphRows } = await import("../../workflows/mining/graph-rows.ts");
  if (json === true && tsv === true) throw noEffect("--json and --tsv contradict each other.", "Give one of the two.");
  for (const line of graphRows(rows, json === true ? "json" : tsv === true ? "tsv" : "text"))
    await terminal.writeLine(line);
}
