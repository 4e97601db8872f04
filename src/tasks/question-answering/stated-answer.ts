/**
 * What a short text states as the answer to a yes/no question, by its words: denials, open questions, numbers that are the same or are not, and
 * whether what was found goes the way that the question asks. Undefined where its words do not tell.
 *
 * For texts of a few sentences that hold a finding and little else ("Falls were as frequent with vitamin D as with placebo."); in an abstract such
 * words stand for anything. It is one voice of two: how much it counts beside the model's likelihoods is learnt (answer-calibration.ts).
 *
 * Chosen on test/fixtures/questions/development.json; docs/experiments.md, "Short contexts", says how often it is right there and elsewhere.
 */
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";

/** Says that nobody knows, or that it depends. */
const OPEN = new RegExp(
  "\\b(?:inconclusive|unclear|uncertain|unknown|controversial|questionable|conflicting|inconsistent|contradictory|scarce|unproven|unresolved|debated|" +
    "not (?:yet |been )*(?:known|clear|established|conclusive|certain|understood)|remains? (?:to be|open|unproven)|" +
    "no (?:firm |definite |clear |reliable )?conclusions?|(?:insufficient|limited|little|poor) (?:\\p{L}+ )?(?:evidence|data|quality)|evidence (?:\\p{L}+ ){0,8}(?:is|remains|was) (?:insufficient|limited|weak)|" +
    "poor quality|too (?:small|few|short) to|(?:larger|further|more) (?:\\p{L}+ )?(?:studies|research|trials|data) (?:\\p{L}+ )?(?:are|is|will be) (?:needed|required|necessary|warranted)|" +
    "(?:can|could) ?not be (?:confirmed|reproduced|determined|excluded|ruled out|drawn|judged)|depend(?:s|ed) on|may or may not|whether)\\b",
  "iu",
);
/** A difference that is there and may be chance. */
const TREND = /\b(?:tended|tendency|trend|seemed|appeared|slightly|although|but|however)\b/iu;
const NOT_SIGNIFICANT =
  /\b(?:not (?:statistically )?significan\p{L}*|(?:did not|failed to) reach (?:statistical )?significance|nonsignificant|non-significant|insignificant)\b/iu;
/** One finding for these, another for those. */
const MIXED = new RegExp(
  "\\bbut not (?:in|for|with|among|by|when)\\b|" +
    "\\bsome\\b[^.]*\\b(?:others?|while many|and many)\\b|\\b(?:one|two|three|four|half) of (?:the )?\\p{L}+ (?:trials|studies)\\b|\\bonly (?:\\p{L}+ ){1,3}(?:seemed|appeared|benefit)|" +
    "\\b(?:whereas|while|but)\\b[^.]*\\b(?:no such|did not|was not|were not|harmful|became)\\b",
  "iu",
);
/** What the others had, where it is not compared: a denial about them affirms. */
const ABOUT_OTHERS =
  /(?:[,;.]|\band\b|\bbut\b|\bwhile\b|\bwhereas\b)(?![^,;.]*\b(?:than|as|same|similar)\b)[^,;.]*\b(?:controls?|placebo|sham|untreated|others?|usual|alone)\b[^,;.]*(?=[,;.]|$)/giu;
const DENIAL =
  /\b(?:not|no|nor|neither|none|nothing|cannot|never|fail(?:s|ed)? to|lacks?|lacked|unlikely|unnecessary|unrelated|unaffected|unchanged|independent of|ineffective|useless|little|unable|only)\b/iu;
/** Contain a word of denial without denying what was asked. */
const NO_DENIAL =
  /\b(?:not only|no longer|not (?:un|in|dis)\p{L}+|non-\p{L}+|(?:who|that) (?:did|do|had|have|were|was|are) (?:not|never|only)|without|independently|(?:association|relation|effect) was independent of|no serious)\b/giu;
const SAME =
  /\b(?:similar(?:ly)?|(?:the|of) same|comparable|equivalent|equal(?:ly)?|identical|(?<!(?:half|twice|times|third) )as (?:frequent|common|often|many|long|high|low|good|effective|likely|well)(?:ly)? (?:\p{L}+ ){0,6}as|no (?:more|less|better|worse|longer|higher|lower)|in both groups|agree[ds]? closely|overlapped)\b/iu;
/** Asks whether two things are the same, or nothing bad happens. */
const ASKS_OF_SAMENESS =
  /\b(?:as \p{L}+ as|replace|equivalent|comparable|equal|similar|non-?inferior|saf(?:e|ely)|agree)\b/iu;
const AFFIRMS = new RegExp(
  "\\b(?:significant(?:ly)?|(?:strongly|closely|independently) \\p{L}+|associated|association|related|linked|correlated|predict(?:s|ed)|predictor|effective|" +
    "more|less|fewer|higher|lower|better|worse|larger|smaller|earlier|later|sooner|longer|shorter|faster|slower|fell|fallen|rose|risen|improve[ds]?|reduce[ds]?|" +
    "decrease[ds]?|increase[ds]?|twice|half|double[ds]?|third|times|detected|separated|distinguished|prevented|protect(?:s|ed)|developed|recommended|confirmed|non-inferior|survived|agreed)\\b",
  "iu",
);
/** The question asks whether something gets less. */
const ASKS_FOR_LESS =
  /\b(?:reduces?|lowers?|prevents?|protect(?:s|ive)?|relieves?|eases?|shortens?|decreases?|slows?|less|fewer|lower|alleviates?|diminish(?:es)?|suppress(?:es)?)\b/iu;
/** The question asks whether something gets better, which is more of what is good and less of what is bad. */
const ASKS_FOR_BETTER = /\b(?:improves?|helps?|benefits?|better|superior|effective|works?)\b/iu;
const BAD =
  /\b(?:fatigue|pain|symptoms?|anxiety|depression|insomnia|sleep apnoea|nausea|cough|fever|asthma|headaches?|mortality|deaths?|complications?|bleeding|infections?|flushes)\b/iu;
const LESS =
  /\b(?:improved?|relieved|better|fell|fallen|lower|less|fewer|reduced?|decreased?|shorter|sooner|earlier|half|halved|declined|smaller|third less|prevented)\b/iu;
const MORE = /\b(?:rose|risen|higher|more|increased?|longer|twice|worse|larger|slower|slowly|doubled|harmful)\b/iu;

/** What it asks is a relation, whichever way it goes. */
const ASKS_OF_RELATION =
  /\b(?:linked|related|associated|associations?|relations?|relationship|link|risk|predict(?:s|or)?|influenced?|affects?)\b/iu;
/** Each figure says something by itself. */
const OF_A_TEST = /\b(?:sensitivity|specificity|detected|negative|positive|predictive)\b/iu;

/** Numbers that differ by less than this share of the larger are the same, where no p value says otherwise. */
const NEAR = 0.15;

export function statedAnswer(question: string, context: string): YesNoMaybe | undefined {
  const text = context.replaceAll(/\s+/g, " ");
  const certainty = certaintyOf(text);
  if (OPEN.test(text)) return "maybe";
  if (NOT_SIGNIFICANT.test(text) && TREND.test(text)) return "maybe";
  const own = text.replaceAll(ABOUT_OTHERS, " ");
  if (MIXED.test(own)) return "maybe";
  const sameness = ASKS_OF_SAMENESS.test(question);
  const pair = pairOf(text);
  const near = pair !== undefined && Math.abs(pair[0] - pair[1]) <= NEAR * Math.max(...pair);
  const same = SAME.test(own) || certainty === "chance" || (near && certainty !== "found");
  const denied = DENIAL.test(own.replaceAll(NO_DENIAL, " "));
  if (sameness && (same || denied)) return "yes";
  if (sameness && certainty === "found") return "no";
  if (same || denied || NOT_SIGNIFICANT.test(text)) return "no";
  if (goesTheOtherWay(question, own, pair)) return "no";
  return certainty === "found" || pair !== undefined || AFFIRMS.test(own) ? "yes" : undefined;
}

/** What p values and confidence intervals of ratios say: that there is a difference, or that it may be chance; undefined where there are none. */
function certaintyOf(text: string): "found" | "chance" | undefined {
  const values = [...text.matchAll(/\bp\s*([<=>])\s*(0?\.\d+)/giu)].map(([, sign, value]) => ({
    sign,
    value: Number(value),
  }));
  if (values.some(({ sign, value }) => sign !== ">" && value <= 0.05)) return "found";
  if (values.length > 0) return "chance";
  const ratio =
    /\b(?:ratio|risk|rate)\b[^.;)]*?\d+(?:\.\d+)?[^.;)]*?\bCI:?,? (\d+(?:\.\d+)?) ?(?:to|-|–|,) ?(\d+(?:\.\d+)?)/iu.exec(
      text,
    );
  if (ratio === null) return undefined;
  const [low, high] = [Number(ratio[1]), Number(ratio[2])];
  return low > 1 || high < 1 ? "found" : "chance";
}

/** The first two percentages, or else numbers, that a sentence compares. */
function pairOf(text: string): readonly [number, number] | undefined {
  if (OF_A_TEST.test(text)) return undefined;
  const bare = text.replaceAll(/\([^)]*\)/g, " ");
  const of = (pattern: RegExp): number[] => [...bare.matchAll(pattern)].map(([, value]) => Number(value));
  const shares = of(/(\d+(?:\.\d+)?) ?%/gu);
  if (shares.length >= 2) return [shares[0]!, shares[1]!];
  const [, first, second] =
    /(\d+(?:\.\d+)?) (?:\p{L}+ )?(?:(?:in|with|among|for|of|after) [^.;,]{1,60}? )?(?:and|versus|vs|against|compared with) (\d+(?:\.\d+)?) (?:\p{L}+ )?(?:in|with|without|among|for|of|after)\b/u.exec(
      bare,
    ) ?? [];
  return first === undefined ? undefined : [Number(first), Number(second)];
}

/** Whether what was found is the opposite of what is asked: more where less was hoped for, or less where better was. */
function goesTheOtherWay(question: string, text: string, pair: readonly [number, number] | undefined): boolean {
  if (ASKS_OF_RELATION.test(question)) return false;
  const forLess = ASKS_FOR_LESS.test(question) || (ASKS_FOR_BETTER.test(question) && BAD.test(question));
  const [less, more] = [LESS.test(text), MORE.test(text)];
  if (forLess) return (more && !less) || (!less && pair !== undefined && pair[0] > pair[1]);
  return (
    ASKS_FOR_BETTER.test(question) &&
    /\b(?:lower|worse|slower|slowly|harmful|more of them died)\b/iu.test(text) &&
    !/\b(?:better|higher|improved?)\b/iu.test(text)
  );
}
