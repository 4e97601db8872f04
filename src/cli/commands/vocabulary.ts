/** `biogpt vocabulary build`: a vocabulary's files made an index for `normalize` and `mine`. */
import { VOCABULARY_KINDS } from "../../corpora/vocabularies/kinds.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, type FlagsOf, flag, required, text } from "../options.ts";
import { writeResult } from "../output.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  out: required(text("index", "file to write; it appears whole or not at all")),
  json: flag("print what was built as JSON"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const vocabularyCommand: CommandModule = {
  examples: [
    "biogpt vocabulary build obo doid.obo --out doid.idx",
    "biogpt vocabulary build mesh desc2026.xml.gz supp2026.xml.gz --out mesh.idx --json",
  ],
  register(program, terminal) {
    const vocabulary = program
      .command("vocabulary")
      .summary("make indexes of vocabularies")
      .description("Make indexes of vocabularies, in which names are looked up.");
    addOptions(vocabulary.command("build"), OPTIONS)
      .description(
        `Read a vocabulary's files, plain or gzip, and write an index of its names. Kinds:\n${Object.entries(
          VOCABULARY_KINDS,
        )
          .map(([name, { title }]) => `  ${name.padEnd(10)}${title}`)
          .join("\n")}`,
      )
      .argument("<kind>", "what the files are")
      .argument("<files...>", "the vocabulary's files; what several say of a concept is joined")
      .action(async (kind: string, files: string[], { out, json }: Flags) => {
        const { buildVocabulary } = await import("../../workflows/build-vocabulary.ts");
        const built = await buildVocabulary({ kind, files, out }, terminalContext(terminal));
        const count = (value: number): string => value.toLocaleString("en-US");
        await writeResult(terminal, json, built, () => [
          `${count(built.names)} names of ${count(built.concepts)} concepts (${kind}) in ${out}, ${count(built.bytes)} bytes`,
        ]);
      });
  },
};
