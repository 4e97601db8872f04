/**
 * BC5CDR: which chemicals induce which diseases; end to end, with concept ids in the gold.
 *
 * Source  Li et al., 2016, doi:10.1093/database/baw068; the recipe of microsoft/BioGPT's RE-BC5CDR.
 */
import { type Bc5cdrFormat, readBc5cdr } from "../../corpora/tasks/bc5cdr.ts";
import { mapSplits } from "../map-splits.ts";
import type { Task } from "../task.ts";
import { chemicalDiseaseExample } from "./examples.ts";
import { fileOrder, PAPER_RELATIONS, relationTask, SMALL_RELATIONS, settingText } from "./relation-task.ts";
import { RELATION_SCHEMES, schemeTemplate } from "./schemes.ts";

const scheme = RELATION_SCHEMES["chemical-disease"];

export const bc5cdr: Task = {
  ...relationTask(scheme),
  name: "bc5cdr",
  title: "BC5CDR",
  formats: ["json", "pubtator", "bioc"],
  listensTo: ["format", "template", "order", "repeats", "seed"],
  build(root, options) {
    const template = schemeTemplate(scheme, options.template ?? "rel-is");
    const { format, splits, files, surprises } = readBc5cdr(root, {
      ...(options.format === undefined ? {} : { format: options.format as Bc5cdrFormat }),
    });
    const order = fileOrder(options);
    return {
      splits: mapSplits(splits, (document) => chemicalDiseaseExample(document, root, scheme, { template, order })),
      files,
      surprises,
      template: template.name,
      setting: settingText(template.name, options, format === "json" ? undefined : format),
    };
  },
  recipes: {
    paper: { ...PAPER_RELATIONS, peakLearningRate: 1e-5, warmupUpdates: 100, length: { epochs: 100 } },
    small: { ...SMALL_RELATIONS, updates: 160, repeats: 8 },
  },
};
