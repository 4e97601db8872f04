/** Real texts: English abstracts, and the abstracts in other languages that PubMed records carry (../shared). */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { joinedText } from "../document.ts";
import { readDocuments } from "../literature/read.ts";
import { detectLanguage } from "./language.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

/** PubMed's codes are those of ISO 639-2. */
const NAMES: Readonly<Record<string, string>> = { fre: "fr", ger: "de", ita: "it", rus: "other-script", spa: "es" };

const CASES: readonly (readonly [language: string, text: string])[] = [
  ["en", "The effects of lithium on the heart were studied in 12 patients with depression."],
  ["de", "Die Wirkung von Lithium auf das Herz wurde bei 12 Patienten mit einer Depression untersucht."],
  ["fr", "Les effets du lithium sur le cœur ont été étudiés chez 12 patients dans une étude."],
  ["es", "Los efectos del litio en el corazón de los pacientes con depresión fueron estudiados."],
  ["pt", "Os efeitos do lítio foram estudados em pacientes com depressão e não se observaram alterações nos grupos."],
  ["it", "Gli effetti del litio sul cuore sono stati studiati nei pazienti con la depressione."],
  ["other-script", "Изучено влияние лития на сердце у 12 больных."],
  ["unknown", "Na K Ca Mg 5 mM HEPES 10 mM glucose"],
  ["unknown", "12 + 5"],
];
for (const [language, text] of CASES) {
  test(`${language}: ${text.slice(0, 40)}`, () => expect(detectLanguage(text).language).toBe(language));
}

test.skipIf(!existsSync(DATA))(
  "of 2,000 English abstracts none is lost, other languages' abstracts are told",
  async () => {
    const wrong: string[] = [];
    let english = 0;
    for await (const document of readDocuments([`${DATA}pretrain/heldout.jsonl.gz`])) {
      english++;
      const { language } = detectLanguage(joinedText(document));
      if (language !== "en") wrong.push(`${document.id} ${language}`);
    }
    const folder = `${DATA}samples/pubmed-xml/`;
    let others = 0;
    for await (const { citation, id } of readDocuments(readdirSync(folder).map((name) => folder + name))) {
      for (const { text, language = "eng" } of citation?.otherAbstracts ?? []) {
        if (language === "eng" || text.split(" ").length < 20) continue;
        others++;
        if (detectLanguage(text).language !== NAMES[language]) wrong.push(`${id} ${language}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(english).toBe(2000);
    expect(others).toBe(51);
  },
);
