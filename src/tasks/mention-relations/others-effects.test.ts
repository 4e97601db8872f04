/** A disease that is named with other chemicals alone is not this one's effect. */
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { certain } from "./found.fixture.ts";
import { othersEffects } from "./others-effects.ts";
import type { ReaderScheme } from "./reader-scheme.ts";

const scheme: ReaderScheme = {
  ...{ name: "chemical-disease", head: "Chemical", tail: "Disease", relations: ["chemical-induced disease"] },
  ...{ symmetric: false, scope: "document" },
};

/** Chemicals are the names in capitals. */
function isOthers(text: string, [chemical, disease]: readonly [string, string]): boolean {
  const mentions = [...text.matchAll(/\b[A-Z]{3,}(?: [A-Z]{3,})*\b|\b(?:amnesia|dizziness|colitis|toxicity)\b/g)].map(
    ({ 0: name, index }) =>
      certain({
        passage: 0,
        start: index,
        end: index + name.length,
        text: name,
        type: /[A-Z]/.test(name) ? "Chemical" : "Disease",
      }),
  );
  const at = (name: string): number[] => [...mentions.keys()].filter((one) => mentions[one]!.text === name);
  const places = at(chemical).flatMap((head) => at(disease).map((tail) => [head, tail] as const));
  expect(places.length).toBeGreaterThan(0);
  const document = { passages: [{ kind: "abstract" as const, text }] };
  return othersEffects({ document, mentions, sentences: [splitSentences(text)] })({
    scheme,
    probabilities: [1],
    places,
  });
}

test.each([
  ["SCOPOLAMINE was given. It was studied in CYCLOHEXIMIDE-induced amnesia.", "SCOPOLAMINE", "amnesia", true],
  ["SCOPOLAMINE was given. It was studied in CYCLOHEXIMIDE-induced amnesia.", "CYCLOHEXIMIDE", "amnesia", false],
  ["GABAPENTIN was given. The most common event was dizziness.", "GABAPENTIN", "dizziness", false],
  ["GABAPENTIN was given. VALPROATE led to dizziness. Later dizziness came back.", "GABAPENTIN", "dizziness", false],
  [
    "IMATINIB failed. DASATINIB was followed by colitis. After DASATINIB the colitis went.",
    "IMATINIB",
    "colitis",
    true,
  ],
  ["IMATINIB failed. DASATINIB and IMATINIB were followed by colitis.", "IMATINIB", "colitis", false],
  ["PENTAMIDINE ISETHIONATE was given. PENTAMIDINE led to colitis.", "PENTAMIDINE ISETHIONATE", "colitis", false],
  [
    "Dry mouth came more often with BUPROPION, whereas dizziness was told more often with TRAZODONE.",
    "BUPROPION",
    "dizziness",
    true,
  ],
  ["CLONIDINE and NEOSTIGMINE prolonged analgesia, but NEOSTIGMINE caused more colitis.", "CLONIDINE", "colitis", true],
  ["CLONIDINE and NEOSTIGMINE prolonged analgesia, and caused more colitis.", "CLONIDINE", "colitis", false],
  ["FENTANYL was injected. It was CISPLATIN-induced colitis. The colitis was graded.", "FENTANYL", "colitis", true],
  ["CISPLATIN was injected. It was CISPLATIN-induced colitis. The colitis was graded.", "CISPLATIN", "colitis", false],
  ["The effect of oral ACACIA on colitis induced by CISPLATIN was studied.", "ACACIA", "colitis", true],
  ["The effect of oral ACACIA on colitis induced by CISPLATIN was studied.", "CISPLATIN", "colitis", false],
  ["The effect of oral ACACIA on colitis was studied.", "ACACIA", "colitis", false],
  ["Effect of INDOMETHACIN on colitis induced in rats by CISPLATIN.", "INDOMETHACIN", "colitis", true],
  ["We saw CISPLATIN-induced colitis, AMIODARONE-induced toxicity, and others.", "AMIODARONE", "colitis", true],
  ["We saw CISPLATIN-induced colitis, AMIODARONE-induced toxicity, and others.", "CISPLATIN", "colitis", false],
] as const)("%s: %s and %s", (text, chemical, disease, others) => {
  expect(isOthers(text, [chemical, disease])).toBe(others);
});
