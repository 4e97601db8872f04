/**
 * DDI: how drugs interact; sentences are annotated, documents are read.
 *
 * Source  Herrero-Zazo et al., 2013, doi:10.1016/j.jbi.2013.07.011; the recipe of microsoft/BioGPT's RE-DDI.
 */
import type { Document } from "../../corpora/document.ts";
import { type DdiFormat, readDdi } from "../../corpora/tasks/ddi.ts";
import { mapSplits } from "../map-splits.ts";
import type { Task } from "../task.ts";
import { interactionExample } from "./examples.ts";
import { fileOrder, PAPER_RELATIONS, relationTask, SMALL_RELATIONS, settingText } from "./relation-task.ts";
import { RELATION_SCHEMES, schemeTemplate } from "./schemes.ts";

const scheme = RELATION_SCHEMES["drug-drug"];

export const ddi: Task = {
  ...relationTask(scheme),
  name: "ddi",
  title: "DDI",
  formats: ["json", "xml", "brat"],
  listensTo: ["format", "template", "order", "repeats", "seed"],
  build(root, options) {
    const template = schemeTemplate(scheme, options.template ?? "rel-is");
    const { format, splits, files, surprises } = readDdi(root, {
      ...(options.format === undefined ? {} : { format: options.format as DdiFormat }),
    });
    const order = fileOrder(options);
    return {
      splits: mapSplits(splits, ({ id, text, triples }) => {
        const document: Document = { id, source: root, passages: [{ kind: "abstract", text }] };
        return interactionExample({ document, triples, named: true }, scheme, { template, order });
      }),
      files,
      surprises,
      template: template.name,
      setting: settingText(template.name, options, format === "json" ? undefined : format),
    };
  },
  recipes: {
    paper: { ...PAPER_RELATIONS, peakLearningRate: 1e-4, warmupUpdates: 500, length: { epochs: 100 } },
    small: { ...SMALL_RELATIONS, updates: 320, accumulation: 2, repeats: 3, unit: "sentence" },
  },
};
