/**
 * PubMedQA: yes, no or maybe to the question of an abstract.
 *
 * Source  Jin et al., 2019, arXiv:1909.06146; the recipe of microsoft/BioGPT's QA-PubMedQA (the reasoning-required one from its history).
 */
import { readPubMedQa } from "../../corpora/tasks/pubmedqa.ts";
import { expectCorpus, refuseOptions } from "../distant-labelling.ts";
import { mapSplits } from "../map-splits.ts";
import type { Task } from "../task.ts";
import { distantQuestions } from "./distant-questions.ts";
import { parseAnswer, QUESTION_SETTINGS, questionExample, shortenContext } from "./yes-no.ts";

export const pubmedqa: Task = {
  name: "pubmedqa",
  title: "PubMedQA",
  items: "answers",
  formats: [],
  listensTo: ["setting", "fold"],
  build(root, { setting = "reasoning-required", fold = 0 }) {
    const { splits, files, surprises } = readPubMedQa(root, { fold });
    return {
      splits: mapSplits(splits, (document) => questionExample(document, root, setting)),
      ...{ files, surprises, setting, questionSetting: setting },
    };
  },
  withoutValidation: "Import PubMedQA from the folder that has ori_pqal.json.",
  parse: parseAnswer,
  contextOf: ({ document }) =>
    document.passages
      .filter(({ kind }) => kind !== "title")
      .map(({ text }) => text)
      .join(""),
  shortenSource: shortenContext,
  distant: {
    check(options, hasCorpus) {
      refuseOptions(options, ["targets", "from", "pairs", "mostPairs", "mostPerPair"], "pubmedqa");
      expectCorpus(hasCorpus);
    },
    async label({ task, form, documents, exclusions, setting = form.questionSetting, limit, maxWords, seed, signal }) {
      const settings = QUESTION_SETTINGS.filter((known) => setting === "both" || known === setting);
      const { examples, summary } = await distantQuestions(documents!, {
        ...exclusions,
        ...{ settings, limit, maxWords, seed, signal },
      });
      return { examples, summary: { task, settings, ...summary } };
    },
  },
  recipes: {
    paper: {
      ...{ peakLearningRate: 1e-5, warmupUpdates: 100, length: { epochs: 100 } },
      ...{ maxSourceTokens: 900, learnedPrompt: 9, batchTokens: 1024, accumulation: 32, averageLast: 5 },
    },
    small: {
      ...{ peakLearningRate: 0.0005, updates: 60, accumulation: 4, maxSourceTokens: 900, learnedPrompt: 9 },
      contextWords: 110,
    },
  },
  decodings: ["greedy", "beam", "labels"],
  reproduction: { decodings: ["greedy", "labels"] },
};
