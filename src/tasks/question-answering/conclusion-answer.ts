/**
 * What a conclusion answers to the yes/no question in its article's title: yes, no or maybe, by the words of polarity in
 * the sentence that shares most with the question. Undefined where the two share too little to tell.
 *
 * `conclusionDenies` asks less: whether what a conclusion says first is a denial, of whatever.
 */
import { splitSentences } from "../../corpora/sentences.ts";
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { contentWords, sharedShare } from "./content-words.ts";

/** Share of the question's content words that a sentence must have to answer it, 0 to 1. */
const ENOUGH_SHARED = { yes: 0.6, no: 0.4, maybe: 0.2 };
const OPEN =
  /\b(?:inconclusive|unclear|uncertain|unknown|controversial|questionable|(?:insufficient|limited|conflicting|inconsistent|inadequate|not (?:enough|sufficient)) (?:\p{L}+ )?(?:evidence|data|results)|not (?:yet )?(?:clear|known|established|conclusive)|remains? (?:to be|open|unresolved)|cannot be (?:determined|excluded|ruled out)|may or may not|depends? on|further (?:studies|research|investigation|trials) (?:is|are) (?:\p{L}+ )?(?:needed|required|necessary|warranted) to (?:determine|clarify|establish|confirm|assess))\b/iu;
const HEDGE = /\b(?:may|might|could|possibl[ey]|perhaps)\b/iu;
const DENIES =
  /\b(?:not|no|nor|neither|none|cannot|fail(?:s|ed)? to|failure|lacks?|lacked|lacking|unlikely|unnecessary|unrelated|unaffected|unchanged|ineffective|useless|never|little|rarely|seldom|unable|insufficient|inferior|unjustified|limited (?:value|role|use|benefit))\b/giu;
/** Says what the article is about, or what somebody thinks, not what was found. */
const NO_FINDING =
  /\b(?:(?:review|paper|article|report|study) (?:will|aims?|evaluates?|describes?|discusses?|examines?|explores?|provides? an overview|presents?)|will (?:focus|discuss)|hypothes[ie]s|hypothesi[sz]ed?|(?:is|are) (?:discussed|reviewed|presented|described)|not (?:all|always|necessarily|entirely))\b/iu;
/** Contain a word of denial without denying. */
const NO_DENIAL =
  /\b(?:not only|whether or not|no longer|not (?:un|in|dis)\p{L}+|no (?:doubt|less|more|significant side effects|complications?)|is not (?:rare|uncommon)|if not|(?:with|and) no |without)\b/giu;
/** Where the main clause is not. */
const CONCESSION =
  /^(?:although|though|while|whereas|despite|even though|even if|in spite of)\b[^,]*, ?|,? (?:although|though|whereas|while|even though|despite|when|if|unless|until|because)\b.*$/iu;
const SAME = /\b(?:similar|same|comparable|equivalent|equal|identical)\b/iu;
const ASKS_OF_CHANGE =
  /\b(?:affects?|influences?|differ(?:s|ent|ences?|ently)?|changes?|effects?|alters?|impacts?|improves?|better|more|higher|lower|reduces?|superior|increases?|decreases?|predicts?|matters?|worse|worsen|advantages?|benefits?)\b/iu;

export function conclusionAnswer(question: string, conclusion: string): YesNoMaybe | undefined {
  const asked = contentWords(question);
  if (asked.size === 0) return undefined;
  let best: { sentence: string; shared: number } | undefined;
  for (const { start, end } of splitSentences(conclusion)) {
    const sentence = conclusion.slice(start, end);
    const shared = sharedShare(asked, contentWords(sentence));
    if (best === undefined || shared > best.shared + 0.15) best = { sentence, shared }; // the first of near equals
  }
  if (best === undefined) return undefined;
  if (NO_FINDING.test(best.sentence)) return undefined;
  const main = best.sentence.replace(CONCESSION, " ").replace(NO_DENIAL, " ");
  const answer: YesNoMaybe = OPEN.test(main)
    ? "maybe"
    : denies(main, question) || (SAME.test(main) && ASKS_OF_CHANGE.test(question))
      ? "no"
      : "yes";
  if (answer !== "maybe" && HEDGE.test(main)) return undefined;
  return best.shared >= ENOUGH_SHARED[answer] ? answer : undefined;
}

/** Sentences; those that follow speak of what is to be done. */
const FIRST_SENTENCES = 2;

/** Whether the first sentences of a conclusion deny, or say of two things that they are the same. */
export function conclusionDenies(conclusion: string): boolean {
  const first = splitSentences(conclusion).slice(0, FIRST_SENTENCES);
  const said = first.map(({ start, end }) => conclusion.slice(start, end)).join(" ");
  const plain = said.replace(NO_DENIAL, " ");
  return denies(plain, "") || SAME.test(plain);
}

/** Whether a word denies that is not one of the question's own ("in case of insufficient material"). */
function denies(sentence: string, question: string): boolean {
  const asked = question.toLowerCase();
  return [...sentence.matchAll(DENIES)].some(([word]) => !asked.includes(word.toLowerCase()));
}
