/** Every command, in the order in which `biogpt --help` lists them. A new command is a file in commands/ and a line here. */
import { corpusCommand } from "./commands/corpus.ts";
import { tokenizeCommand } from "./commands/tokenize.ts";
import { tokenizerCommand } from "./commands/tokenizer.ts";
import { pretrainCommand } from "./commands/pretrain.ts";
import type { CommandModule } from "./define.ts";

export const COMMANDS: readonly CommandModule[] = [corpusCommand, tokenizeCommand, tokenizerCommand, pretrainCommand];
