/** `biogpt pull`: fetches a model from the Hugging Face hub into the cache that Python shares. */
import type { Command } from "commander";
import { BiogptError } from "../../base/errors.ts";
import type { CommandModule } from "../define.ts";
import { formatAmount, type Terminal } from "../terminal.ts";

interface Flags {
  readonly revision: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export const pullCommand: CommandModule = {
  examples: ["biogpt pull microsoft/biogpt", "biogpt pull biogpt-large --json"],
  register(program: Command, terminal: Terminal): void {
    program
      .command("pull")
      .summary("fetch a model, or go on where fetching stopped")
      .description(
        "Fetches a model from the Hugging Face hub, checks it, and prints its folder. Short names: biogpt, biogpt-large, biogpt-large-pubmedqa. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to Python's huggingface_hub.",
      )
      .argument("<name>", "organisation/model, or a short name")
      .option("--revision <name>", "branch, tag or commit", "main")
      .option("--all", "also the files that biogpt does not read")
      .option("--json", "one JSON object: name, commit, folder, files")
      .action((name: string, flags: Flags) => run(name, flags, terminal));
  },
};

async function run(name: string, { revision, all = false, json = false }: Flags, terminal: Terminal): Promise<void> {
  const { embeddedModels, hubName, pullModel } = await import("../../pretrained/hub/hub.ts");
  const embedded = embeddedModels().find((model) => model.name === name);
  if (embedded !== undefined) {
    terminal.note(`${name} came with this package; nothing to fetch.`);
    await terminal.writeLine(
      json ? JSON.stringify({ name, commit: null, folder: embedded.folder, files: [] }) : embedded.folder,
    );
    return;
  }
  try {
    const pulled = await pullModel(hubName(name) ?? name, {
      revision,
      all,
      signal: terminal.signal,
      progress: terminal.progress,
      note: terminal.note,
    });
    const fetched = pulled.files.filter(({ cached }) => !cached);
    const size = formatAmount(
      fetched.reduce((sum, { bytes }) => sum + bytes, 0),
      "bytes",
    );
    terminal.note(
      `${pulled.name} at ${pulled.commit.slice(0, 12)}: ${fetched.length} files fetched (${size}), ${pulled.files.length - fetched.length} were there.`,
    );
    await terminal.writeLine(json ? JSON.stringify(pulled) : pulled.folder);
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind !== "aborted") throw error;
    throw new BiogptError(error.code, {
      what: error.what,
      fix: `Run \`biogpt pull ${name}\` again: it goes on where it stopped.`,
      kind: "aborted",
      cause: error,
    });
  }
}
