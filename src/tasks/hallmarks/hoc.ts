/**
 * HoC: which hallmarks of cancer a sentence speaks of, several or none.
 *
 * Source  Baker et al., 2016, doi:10.1093/bioinformatics/btv585; the recipe of microsoft/BioGPT's DC-HoC.
 */
import { readHoc } from "../../corpora/tasks/hoc.ts";
import type { DataWarning } from "../../corpora/tasks/task-files.ts";
import { splitValidation } from "../derived-splits.ts";
import { mapSplits } from "../map-splits.ts";
import type { Task } from "../task.ts";
import { hallmarkExample, parseHallmarks } from "./hallmarks.ts";

export const hoc: Task = {
  name: "hoc",
  title: "HoC",
  items: "labels",
  formats: ["tsv", "original"],
  listensTo: ["format", "validationShare", "seed"],
  build(root, options) {
    const { format, splits, validEqualsTest, files, surprises } = readHoc(root, {
      ...(options.format === undefined ? {} : { format: options.format as "tsv" | "original" }),
    });
    const { train, ...others } = splits;
    const share = options.validationShare ?? 0.1;
    const apart =
      train !== undefined && others.valid === undefined && share > 0
        ? splitValidation(train, share, options.seed ?? 1)
        : undefined;
    const said: DataWarning[] =
      apart === undefined
        ? []
        : [
            {
              code: "hoc/carved-validation",
              text: `${apart.valid.length} of ${train?.length} training sentences, by whole ${apart.unit}, became the validation part.`,
            },
          ];
    return {
      splits: mapSplits({ ...others, ...(apart ?? (train === undefined ? {} : { train })) }, (sentence) =>
        hallmarkExample(sentence, root),
      ),
      files,
      surprises: [...surprises, ...said],
      setting: `${format}${validEqualsTest && apart === undefined ? ", no validation" : ""}`,
    };
  },
  withoutValidation: "Import HoC again with --validation-share 0.1.",
  parse: parseHallmarks,
  recipes: {
    paper: {
      ...{ peakLearningRate: 1e-5, warmupUpdates: 1000, length: { updates: 20_000 } },
      ...{ maxSourceTokens: 900, learnedPrompt: 1, batchTokens: 1024, accumulation: 32, averageLast: 1 },
    },
    small: { peakLearningRate: 0.0007, updates: 280, accumulation: 2, maxSourceTokens: 900, learnedPrompt: 1 },
  },
  decodings: ["greedy", "beam", "labels"],
  reproduction: { decodings: ["greedy", "labels"] },
};
