/** `biogpt extract`: relations from the literature, one JSON object a line. */
import { type Command, Option } from "commander";
import type { ExtractedRelation } from "../../tasks/relation-extraction/extract.ts";
import type { RuleDecoding } from "../../tasks/relation-extraction/learnt-rules.ts";
import type { LearntRule } from "../../tasks/relation-extraction/probable-statements.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { RELATION_MODELS } from "../embedded-models.ts";
import { addModelOptions, loadOptions, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";

interface Flags extends ModelFlags {
  readonly scheme?: string;
  readonly beams?: number;
  readonly decoding?: "free" | "grounded" | "ranked";
  readonly threshold?: number;
  readonly batch?: number;
  readonly maxNewTokens?: number;
  readonly draftTokens?: number;
  readonly unanchored?: boolean;
  readonly limit?: number;
}

export const extractCommand: CommandModule = {
  examples: [
    "biogpt extract abstracts.xml.gz > relations.jsonl",
    "biogpt extract pubmed*.xml.gz --scheme drug-drug --limit 100",
  ],
  writesJson: true,
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("extract")
        .summary("extract relations from PubMed files")
        .description(
          "Extracts relations from PubMed XML, JSON Lines or text files (also gzip; - is standard input) and writes one JSON object a line:\n" +
            "documentId, scheme, relation, head, tail, probability, evidence, model, pipeline. Offsets are UTF-16 indices into the passages.",
        ),
    )
      .argument("<files...>", "files to read, or - for standard input")
      .option(
        "--scheme <scheme|file>",
        "relations to look for: chemical-disease, drug-drug, drug-target, or a schema of your own (default: the model's own, else chemical-disease)",
      )
      .option(
        "--beams <n>",
        "hypotheses kept in the search; 1 is greedy, as the original (default: 1, in ranked 16)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .addOption(
        new Option(
          "--decoding <how>",
          "grounded: arguments can only be stretches of the text; ranked: the likeliest single statements of that kind; free: as the original " +
            "(default: ranked where the model's folder has thresholds for the scheme, else grounded)",
        ).choices(["grounded", "ranked", "free"]),
      )
      .option(
        "--threshold <p>",
        "leave out relations under this probability, as it is written (default: in ranked and grounded what the model's folder says, else " +
          "half of the best one's in ranked; 0)",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option(
        "--batch <n>",
        "documents in work at once (default: 8; fewer in ranked, whose beams share the memory)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .option("--max-new-tokens <n>", "most tokens of an answer (default: 375)", wholeNumber({ min: 1, max: 1024 }))
      .option(
        "--draft-tokens <n>",
        "tokens guessed from the text and checked at once: same answers, fewer steps; 0 turns it off (default: 8)",
        wholeNumber({ max: 64 }),
      )
      .option("--unanchored", "keep relations whose arguments are not in the text, with empty spans")
      .option("--limit <n>", "stop after this many documents", wholeNumber({ min: 1 }))
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { schemeFor } = await import("../relation-scheme.ts");
  const { BiogptError } = await import("../../base/errors.ts");
  const { readDocuments } = await import("../../corpora/literature/read.ts");
  const scheme = await schemeFor(flags, terminal);
  const name = flags.model ?? RELATION_MODELS[scheme.name];
  if (name === undefined) {
    throw new BiogptError("tasks/no-model", {
      what: `No model for the scheme ${scheme.name} comes with this version.`,
      fix: "Name a fine-tuned one with --model.",
      kind: "usage",
    });
  }
  const { signal } = terminal;
  if (flags.decoding === "ranked") await checkRanked(flags);
  // Every file is looked at before the model is loaded, so that a slip in the last name costs nothing.
  await expectReadable(files);
  const folder = await folderOf(name, flags, terminal);
  const learntFor = async (decoding: RuleDecoding): Promise<LearntRule | undefined> => {
    const { learntRuleOf } = await import("../../tasks/relation-extraction/learnt-rules.ts");
    return learntRuleOf({ folder }, scheme.name, decoding);
  };
  const { decoding = (await learntFor("ranked")) === undefined ? "grounded" : "ranked" } = flags;
  const learnt = decoding === "free" ? undefined : await learntFor(decoding);
  const ranked = decoding === "ranked";
  if (ranked && flags.decoding === undefined)
    await checkRanked(flags, "The model's thresholds.json makes ranked the default.");
  const { loadModel } = await import("../../pretrained/load/load.ts");
  const { extractRelations } = await import("../../tasks/relation-extraction/extract.ts");
  const { groundedDecoding } = await import("../../tasks/relation-extraction/grounded.ts");
  const { readingOf } = await import("../../tasks/reading.ts");
  const { chooseRule, rankedSize } = await import("../kept-statements.ts");
  const { batch: usualBatch = 8, beams: usualBeams = 1, threshold } = flags;
  const { beams, batch, slots } = ranked
    ? await rankedSize(flags)
    : { beams: usualBeams, batch: usualBatch, slots: Math.max(usualBatch, usualBeams) + 1 };
  using model = await loadModel(name, { ...loadOptions(flags, terminal), slots });
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  const bySentence = readingOf(model).unit === "sentence";
  const { DEFAULT_KEEP_RULE } = await import("../../tasks/relation-extraction/probable-statements.ts");
  const free = decoding === "free"; // what it says is not grounded in anything: nothing was learnt of it
  const kept = await chooseRule(learnt, free ? undefined : threshold, ranked ? DEFAULT_KEEP_RULE : undefined);
  if (ranked && flags.decoding === undefined && flags.model !== undefined)
    terminal.note(
      `note: ranked decoding, ${kept.said}, as the model's folder has thresholds; --decoding grounded is the other way.`,
    );
  const totals = { documents: 0, relations: 0, unanchored: 0, windowed: 0, cut: 0 };
  const started = performance.now();
  const documents = take(readDocuments(files, { signal, standardInput: terminal.input }), flags.limit);
  const results = extractRelations(model, documents, {
    scheme,
    beams,
    concurrency: batch,
    maxNewTokens: flags.maxNewTokens,
    draftTokens: flags.draftTokens,
    keepUnanchored: flags.unanchored,
    ...(decoding === "grounded"
      ? { constraint: groundedDecoding(model.tokenizer, scheme, { allowEmpty: bySentence }) }
      : {}),
    ranked,
    keep: kept.rule,
    threshold: free ? threshold : undefined,
    signal,
  });
  for await (const { relations, unanchored, windows, cutAnswers } of results) {
    for (const relation of relations) await terminal.writeLine(JSON.stringify(relation satisfies ExtractedRelation));
    totals.documents++;
    totals.relations += relations.length;
    totals.unanchored += unanchored;
    totals.windowed += windows > 1 ? 1 : 0;
    totals.cut += cutAnswers;
    terminal.progress({
      activity: "extracting",
      done: totals.documents,
      ...(flags.limit ? { total: flags.limit } : {}),
      unit: "documents",
    });
  }
  const seconds = (performance.now() - started) / 1000;
  terminal.note(
    `${totals.documents} documents, ${totals.relations} relations in ${seconds.toFixed(1)} s (${(totals.documents / seconds).toFixed(1)} documents/s).`,
  );
  if (totals.unanchored > 0) {
    const what = flags.unanchored ? "kept with empty spans" : "left out; --unanchored keeps them";
    terminal.note(`${totals.unanchored} relations name something that is not in the text: ${what}.`);
  }
  if (totals.windowed > 0 && !bySentence)
    terminal.note(
      `${totals.windowed} documents were longer than the model's window and were read in overlapping parts.`,
    );
  if (totals.cut > 0)
    terminal.note(`${totals.cut} answers reached the token limit before their end; --max-new-tokens raises it.`);
}

/** The model's folder, which may say what is kept. */
async function folderOf(name: string, flags: Flags, { signal, progress }: Terminal): Promise<string> {
  const { stat } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const { resolveModel } = await import("../../pretrained/hub/hub.ts");
  const offline = flags.offline === undefined ? {} : { offline: flags.offline };
  const path = await resolveModel(name, { ...offline, signal, progress });
  return (await stat(path)).isDirectory() ? path : dirname(path); // a weight file's folder has the rest
}

/** @param because of what ranked was chosen, where the user did not name it */
async function checkRanked({ beams, maxNewTokens, draftTokens, unanchored }: Flags, because?: string): Promise<void> {
  const { BiogptError } = await import("../../base/errors.ts");
  const refuse = (what: string, fix: string) =>
    new BiogptError("tasks/option", {
      ...(because === undefined
        ? { what, fix }
        : { what, why: because, fix: `${fix.slice(0, -1)}, or give --decoding grounded.` }),
      kind: "usage",
    });
  if (beams === 1) throw refuse("Ranked decoding with one beam has nothing to rank.", "Use --beams 2 or more.");
  const idle = Object.entries({ "max-new-tokens": maxNewTokens, "draft-tokens": draftTokens, unanchored });
  const [name] = idle.find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw refuse(`--${name} has no effect in ranked decoding.`, "Leave it out.");
}

async function expectReadable(files: readonly string[]): Promise<void> {
  const { access, constants } = await import("node:fs/promises");
  for (const file of files) if (file !== "-") await access(file, constants.R_OK);
}

async function* take<T>(items: AsyncIterable<T>, limit: number | undefined): AsyncGenerator<T, void, void> {
  let count = 0;
  for await (const item of items) {
    yield item;
    if (++count === limit) return;
  }
}
