/** Negation, speculation and the experimental system of statements, each in sentences as abstracts have them. */
import { expect, test } from "vitest";
import { documentSystem, statementContext, systemOf } from "./statement-context.ts";

/** Marks: `[head]` and `<tail>`. */
function contextOf(marked: string): string {
  const [open, close] = [marked.indexOf("["), marked.indexOf("]")];
  const [begin, finish] = [marked.indexOf("<"), marked.indexOf(">")];
  const before = (at: number): number => [open, close, begin, finish].filter((mark) => mark < at).length;
  const place = (from: number, to: number): { start: number; end: number } => ({
    start: from + 1 - before(from + 1),
    end: to - before(to),
  });
  const sentence = marked.replaceAll(/[[\]<>]/g, "");
  const { negated, speculative } = statementContext(sentence, place(open, close), place(begin, finish));
  return [negated ? "negated" : "", speculative ? "speculative" : ""].filter((word) => word !== "").join(" ");
}

const SENTENCES: readonly (readonly [sentence: string, context: string])[] = [
  ["[Naloxone] induced <hypertension> in all animals.", ""],
  ["[Metformin] did not cause <lactic acidosis>.", "negated"],
  ["There was no association between [statins] and <dementia>.", "negated"],
  ["[Aspirin] was not associated with <bleeding>.", "negated"],
  ["<Hepatotoxicity> was not observed with [paracetamol].", "negated"],
  ["[Drug A]-induced <rash> was not observed.", "negated"],
  ["Neither [lithium] nor placebo produced <tremor>.", "negated"],
  ["[Cisplatin] was given without <nephrotoxicity>.", "negated"],
  ["[Verapamil] failed to prevent <arrhythmia>.", "negated"],
  ["We found no evidence that [caffeine] causes <arrhythmia>.", "negated"],
  ["<Heart failure> was seen in none of the animals given [doxorubicin].", "negated"],
  ["None of the patients given [cisplatin] developed <renal failure>.", "negated"],
  ["It appears that [fexofenadine] is free from cardiovascular <arrhythmias> of significance.", "negated"],
  ["There was no [cisplatin]-induced <nephrotoxicity>.", "negated"],
  ["Apigenin did not prevent the <amnesia> induced by [scopolamine].", ""],
  ["Vagotomy failed to inhibit the [ketamine]-induced <tachycardia>.", ""],
  ["Perimetry can neither be sensitive nor specific for <retinal toxicity> associated with [vigabatrin].", ""],
  ["<Headache> was not more frequent than in other studies of [isradipine].", ""],
  ["In dogs it was never studied, and [CYP11B] catalyses <cortisol> formation.", ""],
  ["It is not known how [levodopa] causes <dyskinesia>.", ""],
  ["Not only did [cocaine] cause <seizures>, it also raised the blood pressure.", ""],
  ["The blood pressure did not change, but [cocaine] caused <seizures>.", ""],
  ["[Cocaine] caused <seizures>, whereas saline did not.", ""],
  ["[Cocaine] caused <seizures> but did not affect the heart rate.", ""],
  ["[Ibuprofen] may cause <renal failure>.", "speculative"],
  ["These data suggest that [tacrolimus] induces <diabetes>.", "speculative"],
  ["We investigated whether [clozapine] causes <myocarditis>.", "speculative"],
  ["The aim of this study was to assess the risk of <stroke> with [estrogen].", "speculative"],
  ["A role of [aluminium] in <dementia> is suspected.", "speculative"],
  ["[Amiodarone] as the cause of <pneumonitis> cannot be excluded.", "speculative"],
  ["[Phenytoin] might not cause <ataxia>.", "negated speculative"],
  ["Without hydration, [cisplatin] caused <renal failure>.", ""],
  ["[NO donors] lowered <blood pressure>.", ""],
];

for (const [sentence, context] of SENTENCES)
  test(`${sentence} is ${context === "" ? "plain" : context}`, () => expect(contextOf(sentence)).toBe(context));

test("what a finding was made in", () => {
  expect(systemOf("Six rats received cisplatin.")).toBe("animal");
  expect(systemOf("Cultured rat hepatocytes were exposed.")).toBe("in vitro");
  expect(systemOf("Of 40 patients six developed renal failure.")).toBe("human");
  expect(systemOf("Cisplatin causes renal failure.")).toBeNull();
  expect(documentSystem("Cisplatin", ["Animals", "Rats"])).toBe("animal");
  expect(documentSystem("Cisplatin in rats", ["Humans", "Animals"])).toBe("human");
  expect(documentSystem("Cisplatin in mice", [])).toBe("animal");
});
