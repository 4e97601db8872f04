/** Relation tasks labelled at a distance: documents that name what the training split names (distant.ts), or that split's own names. */
import { BiogptError } from "../../base/errors.ts";
import {
  type DistantLabelling,
  type DistantOptions,
  type DistantRequest,
  expectCorpus,
  optionRefused,
  refuseOptions,
} from "../distant-labelling.ts";
import type { GoldRelations, TaskExample } from "../example.ts";
import { distantExamples } from "./distant.ts";
import { trainingDictionary } from "./distant-dictionary.ts";
import { goldConcepts, mentionTarget } from "./distant-labels.ts";
import { type RelationScheme, schemeTemplate } from "./schemes.ts";

export function distantRelations(scheme: RelationScheme): DistantLabelling {
  return {
    check: (options, hasCorpus) => check(scheme, options, hasCorpus),
    async label(request) {
      const { task, documents, targets = "relations", from = "corpus" } = request;
      const train = request.train() as readonly TaskExample<GoldRelations>[];
      if (documents === undefined) {
        const examples = mentionsOf(scheme, train);
        const withoutMentions = train.length - examples.length;
        return { examples, summary: { task, targets, from, examples: examples.length, withoutMentions } };
      }
      const { examples, summary } = await distantExamples(documents, {
        ...settingsOf(scheme, request, train),
        targets,
      });
      return { examples, summary: { task, targets, from, ...summary } };
    },
  };
}

function settingsOf(
  scheme: RelationScheme,
  { form, withoutRelations, exclusions, ...request }: DistantRequest,
  train: readonly TaskExample<GoldRelations>[],
) {
  const { pairs, limit, mostPairs, mostPerPair, maxWords, seed, signal } = request;
  const all = [...train, ...(withoutRelations as readonly TaskExample<GoldRelations>[])];
  return {
    scheme,
    template: form.template === undefined ? scheme.template : schemeTemplate(scheme, form.template),
    dictionary: trainingDictionary(scheme, all),
    ...exclusions,
    ...{ pairs, limit, mostPairs, mostPerPair, maxWords, seed, signal },
  };
}

/** The names in the training documents themselves. */
function mentionsOf(scheme: RelationScheme, train: readonly TaskExample<GoldRelations>[]) {
  return train
    .map(({ id, source, gold }) => ({
      id,
      source,
      target: mentionTarget(scheme, goldConcepts(scheme, { source, gold })),
    }))
    .filter(({ target }) => target !== "");
}

function check(scheme: RelationScheme, options: DistantOptions, hasCorpus: boolean): void {
  const { targets = "relations", from = "corpus", pairs } = options;
  refuseOptions(options, ["setting"], scheme.task);
  if (targets === "mentions") refuseOptions(options, ["pairs", "mostPairs", "mostPerPair"], "--targets mentions");
  if (from === "train") {
    if (targets !== "mentions") {
      throw optionRefused(
        "--from train writes mentions only.",
        "Add --targets mentions; the relations of the training split are in its train.jsonl already.",
      );
    }
    refuseOptions(
      { ...options, corpus: hasCorpus ? true : undefined },
      ["corpus", "limit", "maxWords", "seed"],
      "--from train",
    );
  } else expectCorpus(hasCorpus);
  if (pairs === "sentence" && scheme.relations.length > 1) {
    throw new BiogptError("tasks/option", {
      what: `--pairs sentence means nothing for ${scheme.task}.`,
      why: `Sharing a sentence does not say which of its ${scheme.relations.length} labels a pair has.`,
      fix: "Use --pairs known.",
    });
  }
}
