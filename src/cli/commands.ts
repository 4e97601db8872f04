/** Every command, in the order in which `biogpt --help` lists them. A new command is a file in commands/ and a line here. */
import { answerCommand } from "./commands/answer.ts";
import { askCommand } from "./commands/ask.ts";
import { averageCommand } from "./commands/average.ts";
import { benchCommand } from "./commands/bench.ts";
import { benchmarkCommand } from "./commands/benchmark.ts";
import { chatCommand } from "./commands/chat.ts";
import { classifyCommand } from "./commands/classify.ts";
import { completionCommand } from "./commands/completion.ts";
import { convertCommand } from "./commands/convert.ts";
import { corpusCommand } from "./commands/corpus.ts";
import { dataCommand } from "./commands/data.ts";
import { demoCommand } from "./commands/demo.ts";
import { describeCommand } from "./commands/describe.ts";
import { embedCommand } from "./commands/embed.ts";
import { entitiesCommand } from "./commands/entities.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { extractCommand } from "./commands/extract.ts";
import { featurizeCommand } from "./commands/featurize.ts";
import { finetuneCommand } from "./commands/finetune.ts";
import { generateCommand } from "./commands/generate.ts";
import { graphCommand } from "./commands/graph.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { mineCommand } from "./commands/mine.ts";
import { normalizeCommand } from "./commands/normalize.ts";
import { pretrainCommand } from "./commands/pretrain.ts";
import { pullCommand } from "./commands/pull.ts";
import { reproduceCommand } from "./commands/reproduce.ts";
import { scoreCommand } from "./commands/score.ts";
import { serveCommand } from "./commands/serve.ts";
import { tokenizeCommand } from "./commands/tokenize.ts";
import { tokenizerCommand } from "./commands/tokenizer.ts";
import { vocabularyCommand } from "./commands/vocabulary.ts";
import { workerCommand } from "./commands/worker.ts";
import type { CommandModule } from "./define.ts";

export const COMMANDS: readonly CommandModule[] = [
  demoCommand,
  extractCommand,
  entitiesCommand,
  normalizeCommand,
  mineCommand,
  workerCommand,
  graphCommand,
  exportCommand,
  classifyCommand,
  answerCommand,
  embedCommand,
  generateCommand,
  describeCommand,
  chatCommand,
  serveCommand,
  askCommand,
  scoreCommand,
  tokenizeCommand,
  featurizeCommand,
  inspectCommand,
  pullCommand,
  convertCommand,
  dataCommand,
  vocabularyCommand,
  evaluateCommand,
  benchmarkCommand,
  corpusCommand,
  tokenizerCommand,
  pretrainCommand,
  finetuneCommand,
  averageCommand,
  reproduceCommand,
  benchCommand,
  completionCommand,
];
