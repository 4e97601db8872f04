/** Extraction end to end on the embedded model: what it says is weak, where it points must be exact. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Document } from "../../corpora/document.ts";
import { loadModel } from "../../pretrained/load/load.ts";
import type { Model } from "../../pretrained/model.ts";
import type { DecisionBounds } from "./decision-rule.ts";
import { type DocumentRelations, type ExtractOptions, extractRelations } from "./extract.ts";
import { groundedDecoding } from "./grounded.ts";
import { relationScheme } from "./schemes.ts";
import { WRITER } from "./writer.fixture.ts";

const scheme = relationScheme("chemical-disease");
let model: Model;
beforeAll(async () => {
  model = await loadModel(WRITER, { slots: 17 });
});
afterAll(() => model[Symbol.dispose]());

function documentOf(id: string, title: string, abstract: string): Document {
  const passages = [
    { kind: "title", text: title },
    { kind: "abstract", text: abstract },
  ] as const;
  return { id, source: "test", passages };
}

async function extract(
  documents: readonly Document[],
  options: Partial<ExtractOptions> = {},
): Promise<DocumentRelations[]> {
  const grounded = { constraint: groundedDecoding(model.tokenizer, scheme) };
  const results: DocumentRelations[] = [];
  for await (const result of extractRelations(model, documents, {
    scheme,
    maxNewTokens: 60,
    ...grounded,
    ...options,
  })) {
    results.push(result);
  }
  return results;
}

const LIDOCAINE = documentOf(
  "1",
  "Seizures after intravenous lidocaine.",
  "A 62-year-old man – otherwise well – received Lidocaine for arrhythmia. Twenty minutes later he had generalized seizures.",
);

describe("extractRelations", () => {
  test("every span is the argument's text, in the passage it names; the evidence holds both", async () => {
    const [{ relations } = { relations: [] }] = await extract([LIDOCAINE]);
    expect(relations.length).toBeGreaterThan(0);
    for (const { head, tail, evidence, probability, relation, documentId } of relations) {
      expect(documentId).toBe("1");
      expect(relation).toBe("chemical-induced disease");
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(1);
      for (const { text, spans } of [head, tail]) {
        expect(spans.length).toBeGreaterThan(0);
        for (const { passage, start, end } of spans) {
          const original = LIDOCAINE.passages[passage]!.text.slice(start, end);
          expect(original.toLowerCase()).toBe(text.toLowerCase());
        }
      }
      if (evidence === null) continue; // named in sentences that are far apart
      const { passage, start, end, text } = evidence;
      expect(LIDOCAINE.passages[passage]!.text.slice(start, end)).toBe(text);
      for (const argument of [head, tail]) expect(text.toLowerCase()).toContain(argument.text.toLowerCase());
    }
    expect(relations.filter(({ evidence }) => evidence !== null).length).toBeGreaterThan(0);
    expect(relations).toEqual([...relations].sort((a, b) => b.probability - a.probability));
  });

  test("a text longer than the window is read to its end: the last window's relation points there", async () => {
    const filler = "The weather in the town was mild and the days were long. ".repeat(70); //  about 900 tokens
    const long = documentOf("2", "A long report.", `${filler}Lidocaine induced seizures in the patient.`);
    const [result] = await extract([long]);
    expect(result!.windows).toBeGreaterThan(1);
    const last = result!.relations
      .flatMap(({ head, tail }) => [...head.spans, ...tail.spans])
      .filter(({ start }) => start >= filler.length);
    expect(last.length).toBeGreaterThan(0);
    for (const { passage, end } of last) expect(end).toBeLessThanOrEqual(long.passages[passage]!.text.length);
  });

  test("documents come back in order and each as if it were alone", async () => {
    const others = ["2", "3"].map((id) => ({ ...LIDOCAINE, id, passages: LIDOCAINE.passages.slice(0, 1) }));
    const together = await extract([LIDOCAINE, ...others], { concurrency: 3 });
    expect(together.map(({ document }) => document.id)).toEqual(["1", "2", "3"]);
    const [alone] = await extract([LIDOCAINE]);
    expect(together[0]!.relations.map(({ head, tail }) => [head, tail])).toEqual(
      alone!.relations.map(({ head, tail }) => [head, tail]),
    );
  });

  test("what is not in the text is counted, and kept only when asked for", async () => {
    const free = { constraint: undefined, maxNewTokens: 100 };
    const text = documentOf(
      "4",
      "Cisplatin and acute renal failure.",
      "Nephrotoxicity limits the dose of cisplatin. In a series of 40 patients, cisplatin was followed by acute renal failure in six, and by hearing loss in nine. Magnesium and generous hydration lowered the risk of nephrotoxicity.",
    );
    const [without] = await extract([text], free);
    const [withThem] = await extract([text], { ...free, keepUnanchored: true });
    expect(without!.unanchored).toBeGreaterThan(0);
    expect(without!.relations.every(({ head, tail }) => head.spans.length > 0 && tail.spans.length > 0)).toBe(true);
    expect(withThem!.relations.some(({ head, tail }) => head.spans.length === 0 || tail.spans.length === 0)).toBe(true);
    expect(withThem!.relations.find(({ tail }) => tail.spans.length === 0)?.evidence ?? null).toBeNull();
  });

  test("an empty document has no relations; a model without a learned prompt is refused", async () => {
    const [empty] = await extract([documentOf("5", "", "")]);
    expect(empty).toMatchObject({ relations: [], windows: 0 });
    using plain = await loadModel("biogpt-mini", { slots: 1 });
    await expect(extractRelations(plain, [LIDOCAINE], { scheme }).next()).rejects.toMatchObject({
      code: "tasks/not-fine-tuned",
    });
  });

  test("two names of one thing, by the document's own abbreviation, are one argument with the places of both", async () => {
    const text = documentOf(
      "6",
      "Acute renal failure (ARF) after cisplatin.",
      "Cisplatin induced ARF in six of 40 patients. Acute renal failure was mild.",
    );
    const rank = { constraint: undefined, maxNewTokens: undefined, ranked: true, keep: { threshold: 0 } };
    const [{ relations } = { relations: [] }] = await extract([text], rank);
    const renal = relations.filter(({ tail }) => /^(?:acute renal failure|arf)$/i.test(tail.text));
    const heads = renal.map(({ head }) => head.text.toLowerCase());
    expect(heads).toContain("cisplatin");
    expect(new Set(heads).size).toBe(heads.length); // once by either name
    const { tail } = renal.find(({ head }) => head.text.toLowerCase() === "cisplatin")!;
    expect([tail.text, ...tail.otherNames].sort()).toEqual(["ARF", "Acute renal failure"]);
    const places = tail.spans.map(({ passage, start, end }) => text.passages[passage]!.text.slice(start, end));
    expect(places).toEqual(["Acute renal failure", "ARF", "ARF", "Acute renal failure"]);
  });

  test("ranked: the windows' likeliest statements that the rule keeps; what would have no effect is refused", async () => {
    const ranked = async (rule: DecisionBounds, options: Partial<ExtractOptions> = {}) =>
      (
        await extract([LIDOCAINE], {
          constraint: undefined,
          maxNewTokens: undefined,
          ranked: true,
          keep: rule,
          beams: 4,
          ...options,
        })
      )[0]!;
    const { relations } = await ranked({ threshold: 0 });
    expect(relations.length).toBeGreaterThan(1);
    expect((await ranked({ threshold: 0, most: 1 })).relations.map(({ head, tail }) => [head, tail])).toEqual(
      relations.slice(0, 1).map(({ head, tail }) => [head, tail]),
    );
    expect((await ranked({ threshold: 0.999 * relations[1]!.probability })).relations.length).toBe(2);
    await expect(ranked({ share: 1 }, { maxNewTokens: 60 })).rejects.toThrow("maxNewTokens has no effect in ranked");
  });

  test("a fired signal ends the work", async () => {
    await expect(extract([LIDOCAINE], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  });
});
