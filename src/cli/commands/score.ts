/** `biogpt score`: how likely a model finds texts. */
import type { Prompt, TextScore } from "../../pretrained/model.ts";
import type { CommandModule } from "../define.ts";
import { parseIds, readLines } from "../input.ts";
import { loadOptions, MODEL_OPTIONS } from "../model-options.ts";
import { addOptions, type FlagsOf, flag } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** Lines scored together: enough to share a batch, few enough to show results early. */
const GROUP = 16;

const OPTIONS = {
  ...MODEL_OPTIONS,
  ids: flag("lines are JSON arrays of token ids, the first of them 2 (</s>)"),
  end: flag("score the end of the text (</s>) too"),
  json: flag("one JSON object a line: text, tokens, logLikelihood, perplexity, bitsPerCharacter"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const scoreCommand: CommandModule = {
  examples: [
    'echo "Aspirin prevents stroke." | biogpt score',
    "biogpt score --model microsoft/biogpt --json < sentences.txt",
  ],
  register(program, terminal) {
    addOptions(program.command("score"), OPTIONS)
      .summary("log-likelihood and perplexity of texts")
      .description(
        "Scores each line of standard input: log-likelihood in nats, tokens, perplexity, bits per character. A blank line keeps its place, with nothing scored.",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

interface Entry {
  readonly text: string;
  /** Undefined for a blank line, which keeps its place among the results. */
  readonly prompt: Prompt | undefined;
}

/** What stands in the place of a blank line, so that results and lines can be laid side by side. */
const NOTHING_SCORED = { tokens: 0, logLikelihood: null, perplexity: null, bitsPerCharacter: null };

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { loadModel } = await import("../../pretrained/load/load.ts");
  using model = await loadModel(flags.model, loadOptions(flags, terminal));
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  const total = { texts: 0, tokens: 0, logLikelihood: 0, characters: 0 };
  const flush = async (group: readonly Entry[]): Promise<void> => {
    const prompts = group.flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt]));
    if (group.length === 0) return;
    const options = { end: flags.end === true, signal: terminal.signal };
    const scores = (prompts.length === 0 ? [] : await model.score(prompts, options)).values();
    for (const { text, prompt } of group) {
      if (prompt === undefined) {
        await terminal.writeLine(flags.json ? JSON.stringify({ ...NOTHING_SCORED, text }) : `\t0\t\t\t${text}`);
        continue;
      }
      const scored = scores.next().value!;
      await terminal.writeLine(flags.json ? JSON.stringify(scored) : line(scored));
      total.texts++;
      total.tokens += scored.tokens;
      total.logLikelihood += scored.logLikelihood;
      total.characters += [...scored.text].length;
    }
  };
  if (!flags.json) await terminal.writeLine("nats\ttokens\tperplexity\tbits/character\ttext");
  let group: Entry[] = [];
  let number = 0;
  for await (const text of readLines(terminal.input)) {
    number++;
    const isBlank = text.trim() === "";
    group.push({ text, prompt: isBlank ? undefined : flags.ids ? parseIds(text, `Line ${number}`) : text });
    if (group.length === GROUP) {
      await flush(group);
      group = [];
    }
  }
  await flush(group);
  if (total.texts > 1) {
    const { tokens, logLikelihood, characters } = total;
    terminal.note(
      `${total.texts} texts, ${tokens} tokens: perplexity ${Math.exp(-logLikelihood / tokens).toFixed(3)}, ` +
        `${(-logLikelihood / tokens).toFixed(4)} nats a token, ${(-logLikelihood / Math.LN2 / characters).toFixed(4)} bits a character`,
    );
  }
}

function line({ text, tokens, logLikelihood, perplexity, bitsPerCharacter }: TextScore): string {
  return [logLikelihood.toFixed(4), tokens, perplexity.toFixed(3), bitsPerCharacter?.toFixed(4) ?? "", text].join("\t");
}
