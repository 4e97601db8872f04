/** Labels and answers taken apart: right, wrong, or missed, by name. */
import type { TaskExample } from "../../tasks/example.ts";
import type { EvaluatedExample } from "../evaluated-task.ts";
import type { Examined, ExaminedStatement } from "./examination.ts";

const NOWHERE = { heads: [], tails: [] } as const;

/**
 * Answers that are labels.
 *
 * @param goldOf   the right ones, each once
 * @param labelsIn those that a sentence names
 */
export function examineLabels(
  goldOf: (example: TaskExample) => readonly string[],
  labelsIn: (text: string) => readonly string[],
): (example: EvaluatedExample) => Examined {
  return ({ example, output, read, statements: said }) => {
    const gold = goldOf(example);
    const predicted =
      read === undefined ? [] : [...new Set((Array.isArray(read) ? read : [read]) as readonly string[])];
    const probabilities = new Map<string, number>();
    for (const { text, probability } of said ?? []) {
      for (const label of labelsIn(text)) probabilities.set(label, probability);
    }
    const statements = [
      ...predicted.map((label): ExaminedStatement => {
        const probability = probabilities.get(label);
        const kind = gold.includes(label) ? "right" : "spurious";
        return { kind, text: label, ...NOWHERE, ...(probability === undefined ? {} : { probability }) };
      }),
      ...gold
        .filter((label) => !predicted.includes(label))
        .map((text): ExaminedStatement => ({ kind: read === undefined ? "unread" : "missed", text, ...NOWHERE })),
    ];
    // Labels that were weighed and not chosen count for the curve as well: it is what other thresholds would have given.
    const judged = [...probabilities].map(([label, probability]) => ({ probability, correct: gold.includes(label) }));
    return {
      ...{ id: example.id, passages: example.document.passages, output, statements, judged },
      gold: gold.filter((label) => label !== "empty").length,
    };
  };
}
