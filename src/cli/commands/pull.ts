/** `biogpt pull`: fetches a model from the Hugging Face hub into the cache that Python shares. */
import { formatAmount } from "../../base/amounts.ts";
import { BiogptError } from "../../base/errors.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, type FlagsOf, flag, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  revision: text("name", "branch, tag or commit", "main"),
  all: flag("also the files that biogpt does not read"),
  json: flag("one JSON object: name, commit, folder, files, missing, licences"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const pullCommand: CommandModule = {
  examples: ["biogpt pull microsoft/biogpt", "biogpt pull biogpt-large --json"],
  register(program, terminal) {
    addOptions(program.command("pull"), OPTIONS)
      .summary("fetch a model, or go on where fetching stopped")
      .description(
        "Fetches a model from the Hugging Face hub, checks it, and prints its folder. Short names: biogpt, biogpt-large, biogpt-large-pubmedqa. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to Python's huggingface_hub.",
      )
      .argument("<name>", "organisation/model, or a short name")
      .action((name: string, flags: Flags) => run(name, flags, terminal));
  },
};

async function run(name: string, { revision, all = false, json = false }: Flags, terminal: Terminal): Promise<void> {
  const { embeddedModels, hubName, pullModel } = await import("../../pretrained/hub/hub.ts");
  const { licencesOf, unseenLicences } = await import("../../pretrained/hub/licences.ts");
  const embedded = embeddedModels().find((model) => model.name === name);
  if (embedded !== undefined) {
    const { folder } = embedded;
    terminal.note(`${name} came with this package; nothing to fetch.`);
    return writeResult(terminal, json, { name, commit: null, folder, files: [], missing: [], licences: [] }, () => [
      folder,
    ]);
  }
  try {
    const { signal, progress, note } = terminal;
    const pulled = await pullModel(hubName(name) ?? name, { revision, all, signal, progress, note });
    const fetched = pulled.files.filter(({ cached }) => !cached);
    const bytes = fetched.reduce((sum, file) => sum + file.bytes, 0);
    const files = `${fetched.length} files fetched (${formatAmount(bytes, "bytes")})`;
    const before = pulled.files.length - fetched.length;
    terminal.note(`${pulled.name} at ${pulled.commit.slice(0, 12)}: ${files}, ${before} were there.`);
    if (pulled.missing.length > 0)
      terminal.note(`note: it needs besides, in ${pulled.folder}: ${pulled.missing.join(", ")}`);
    const licences = await licencesOf(pulled.name, pulled.folder);
    for (const line of await unseenLicences(pulled.name, licences)) terminal.note(line);
    await writeResult(terminal, json, { ...pulled, licences }, () => [pulled.folder]);
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind !== "aborted") throw error;
    const fix = `Run \`biogpt pull ${name}\` again: it goes on where it stopped.`;
    throw new BiogptError(error.code, { what: error.what, fix, kind: "aborted", cause: error });
  }
}
