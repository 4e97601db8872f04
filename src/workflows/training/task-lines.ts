/**
 * What fine-tuning asks of a task about its examples: the sentences of a relation task's documents (`unit: "sentence"`), and the end of a
 * question's context (`contextWords`).
 */
import { BiogptError } from "../../base/errors.ts";
import type { GoldRelations, TaskExample } from "../../tasks/example.ts";
import { isQuestionSource, shortenContext } from "../../tasks/question-answering/yes-no.ts";
import { schemeOfData, taskNamed } from "../../tasks/registry.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { sentenceExamples } from "../../tasks/relation-extraction/sentence-examples.ts";
import { importedTask, readManifest } from "../../tasks/task-data.ts";
import type { LineExample, ParseLine } from "./examples.ts";

/** @param name of the document, for messages */
export function sentenceLines(
  example: Pick<TaskExample<GoldRelations>, "id" | "document" | "gold">,
  scheme: RelationScheme,
  name: string,
): LineExample[] {
  return sentenceExamples(example, scheme).map(({ source, target }, at) => ({
    ...{ source, target, mayBeEmpty: true },
    name: `sentence ${at + 1} of ${name}`,
  }));
}

/**
 * Reads lines of an imported relation task.
 *
 * @param folder undefined where the data are no imported task
 * @throws BiogptError `training/settings` for data that are no imported relation task
 */
export function taskSentences(folder: string | undefined): ParseLine {
  const manifest = folder === undefined ? undefined : readManifest(folder);
  const scheme = manifest === undefined ? undefined : schemeOfData(manifest);
  if (scheme === undefined) {
    throw new BiogptError("training/settings", {
      what: "Only relations are read sentence by sentence.",
      why: `The data are ${manifest === undefined ? "no imported task" : `those of ${manifest.task}`}.`,
      fix: "Leave --unit out, or name the import of a relation task with --data.",
    });
  }
  return (text, { path, line }) => {
    const example = JSON.parse(text) as TaskExample<GoldRelations>;
    return sentenceLines(example, scheme, `${example.id} (line ${line} of ${path})`);
  };
}

/**
 * Keeps the end of a source's context, as its task does; examples of the user's own may be questions.
 *
 * @param words  of a context that are kept, from its end
 * @param folder undefined where the data are no imported task
 */
export function contextShortener(words: number, folder: string | undefined): (example: LineExample) => string {
  const task = folder === undefined ? undefined : taskNamed(importedTask(folder));
  return ({ source, name }) => {
    if (task?.shortenSource !== undefined) return task.shortenSource(source, words);
    if (task === undefined && isQuestionSource(source)) return shortenContext(source, words);
    throw new BiogptError("training/settings", {
      what: `${name} has no context, so --context-words means nothing for it.`,
      why: 'A question\'s source is "question: … context: …".',
      fix: "Leave --context-words out, or name an import of PubMedQA with --data.",
    });
  };
}
