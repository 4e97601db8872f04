/**
 * KD-DTI: which drug acts on which target, and how; names as DrugBank writes them.
 *
 * Source  Hou et al., 2021, doi:10.1093/bib/bbab468; the recipe of microsoft/BioGPT's RE-DTI. Its training file is not public, and of
 *         validation and test a part of the names are DrugBank ids.
 */
import type { Document } from "../../corpora/document.ts";
import { readKdDti } from "../../corpora/tasks/kd-dti.ts";
import { trainFromValid, withDrugProt } from "../derived-splits.ts";
import { mapSplits } from "../map-splits.ts";
import type { Task } from "../task.ts";
import { interactionExample } from "./examples.ts";
import { fileOrder, PAPER_RELATIONS, relationTask, SMALL_RELATIONS, settingText } from "./relation-task.ts";
import { RELATION_SCHEMES, schemeTemplate } from "./schemes.ts";

const scheme = RELATION_SCHEMES["drug-target"];
const relations = relationTask(scheme);

/** What a reproduction trains on without train.json, of valid's named documents. */
const REPRODUCED_TRAIN_SHARE = 0.9;

export const kdDti: Task = {
  ...relations,
  name: "kd-dti",
  aliases: ["kddti"],
  title: "KD-DTI",
  formats: [],
  listensTo: ["template", "order", "repeats", "seed", "drugBank", "trainFromValid", "drugProt"],
  build(root, options) {
    const template = schemeTemplate(scheme, options.template ?? "rel-is");
    const { trainFromValid: share, seed = 1 } = options;
    const corpus = readKdDti(root, { ...(options.drugBank === undefined ? {} : { names: options.drugBank }) });
    const own = share === undefined ? corpus : trainFromValid(corpus, share, seed);
    const { splits, surprises, files } =
      options.drugProt === undefined
        ? { ...own, files: corpus.files }
        : withDrugProt({ ...own, files: corpus.files }, options.drugProt);
    const order = fileOrder(options);
    const more = [
      ...(share === undefined ? [] : [`trained on ${share} of valid`]),
      ...(options.drugProt === undefined ? [] : ["trained on DrugProt"]),
    ];
    return {
      splits: mapSplits(splits, ({ id, title, abstract, triples, named }) => {
        const passages: Document["passages"] = [
          { kind: "title", text: title },
          { kind: "abstract", text: abstract },
        ];
        return interactionExample({ document: { id, source: root, passages }, triples, named }, scheme, {
          template,
          order,
        });
      }),
      files,
      surprises,
      template: template.name,
      setting: settingText(template.name, options, more.length === 0 ? undefined : more.join(", ")),
    };
  },
  withoutTraining:
    "Put train.json into the folder, import with --drugbank, or train on a part of valid by --train-from-valid.",
  recipes: {
    paper: { ...PAPER_RELATIONS, peakLearningRate: 1e-5, warmupUpdates: 1000, length: { epochs: 30 } },
    small: { ...SMALL_RELATIONS, updates: 90, repeats: 4 },
  },
  reproduction: { ...relations.reproduction, withoutTrain: { trainFromValid: REPRODUCED_TRAIN_SHARE } },
};
