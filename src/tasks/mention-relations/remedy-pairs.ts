/**
 * Pairs of a chemical and a disease of which the text says that the one works against the other: "hyperalgesia was attenuated by ketamine".
 *
 * A model that has learnt from documents about side effects takes what treats a disease for its cause now and then. The words between the two names
 * decide: of those of causing and of working against, the last before the second name counts. Where no sentence names both, what the sentence
 * says of the chemical does ("dexrazoxane … protected the heart"). Figures: docs/experiments.md, "Remedies".
 */
import type { PairFilter } from "./pair-filter.ts";

type Verdict = "against" | "causes" | "nothing";

/** Of what a remedy does. */
const AGAINST =
  /\b(?:(?:prevent|inhibit|suppress|attenuat|delay|reduc|block)\w* (?:the )?(?:development|occurrence|progression|onset|induction|production) of\b|attenuat|alleviat|ameliorat|prevent|protect|reliev|relief|revers|counteract|abolish|suppress|inhibit(?:s|ed|ing)?\b|improv|mitigat|eradicat|cure[sd]?\b|remed|prophyla|treat(?:s|ing)?\b|treatment of\b|manag(?:e|es|ed|ing|ement)\b|therapy (?:of|for)\b|standard of care (?:for|in)\b|(?:drug|agent|treatment) of choice (?:for|in)\b|(?:effective|useful|helpful|beneficial) (?:against|in|for)\b|(?:reduc|decreas|lower|diminish)\w* (?:(?:in|of) )?(?:the )?(?:[\w-]+ ){0,2}(?:incidence|risk|severity|frequency|occurrence|number|duration|rate)s?\b|(?:reduc|decreas|lower)\w* (?:[\w-]+ ){0,2}(?:mortality|morbidity)\b|(?:risk|incidence|frequency|severity) reductions?\b|associated with (?:an? |the )?(?:[\w-]+ ){0,2}(?:reduction|decrease|decline|lower|fewer)\w*\b|(?:reduc|decreas|diminish)(?:e[sd]?|s|ed|ing) (?:the )?$)/gi;
/** Of what a cause does; "-induced" belongs to another name. */
const CAUSES =
  /(?<!-)\b(?:induc|caus|produc|provok|elicit|evok|precipitat|develop|occur|experienc|associated with|led to|leads? to|result|due to|secondary to|attribut|toxic|side[- ]effects?|adverse|complicat|worsen|exacerbat|aggravat|increas)/gi;
/** What comes next is the cause: "albumin excretion induced by exercise". */
const OF_ANOTHER = /\b(?:induced|caused|produced|provoked|elicited|evoked|precipitated) by\b/gi;
/** The name that stands right before is the cause: "pilocarpine-induced seizures". */
const INDUCED =
  /^(?: ?\([\w-]+\))?(?: ?- ?| )(?:and [\w-]+ )?(?:induced|related|associated|mediated|caused|provoked|elicited|evoked)\b/i;
/** What gets better without the chemical. */
const STOPPED = /\b(?:cessation|discontinu|withdraw|stopp(?:ed|ing)|dose reduction)/i;
/** Of what a remedy makes better: "improvement in agitation and psychosis associated with dementia". */
const OF_ITS_DISEASE = /(?<!\b(?:is|are|was|were|been|be|being|\w+ly) )associated with (?:the )?$/i;
/** "carbamazepine for provoked seizures"; "the odds ratio of aspirin for bleeding" is another matter. */
const GIVEN_FOR = /^(?: ?\([^()]{1,30}\))? for (?:the )?(?:[a-z-]+ ){0,2}$/i;
const MEASURED =
  /\b(?:ratios?|risks?|odds|hazards?|rates?|score|evidence|incidence|responsible|role|effects?|concentrations?|doses?|levels?|potential)\b[^.;]{0,40}$/i;
/** "A case of encephalitis: efficacy of", "with successful response to". */
const EFFICACY_OF =
  /(?:: (?:the )?(?:efficacy|effectiveness|usefulness|benefits?|successful \w+) (?:of|with)|\b(?:successful|good|complete|favou?rable|excellent|dramatic) response to) (?:[\w-]+ ){0,3}$|\bprophylactic (?:[\w-]+ ){0,2}$/i;
/** Between a chemical and the disease: "reduced pain, morphine consumption and the occurrence of". */
const LESS_OF =
  /\b(?:reduc|decreas|lower|diminish)\w* [^.;:]{0,120}\b(?:incidence|occurrence|frequency|severity|risk) of (?:[\w-]+ )?$/i;
/** Behind a disease of which there is less. */
const IS_BETTER = /^(?:-| )(?:relief|free|remission|resolution)\b/i;
const RESPONDS = /^(?:[\w-]+ )?(?:headache|migraine|pain|tumou?r)s? response\b/i;
/** Ends what is said of a name. */
const CLAUSE = /[;:]|,? \b(?:but|however|whereas|while|although|though|nevertheless|yet)\b/i;

/** "… was attenuated by" between a disease and what follows. */
const AGAINST_BY =
  /\b(?:attenuat|alleviat|ameliorat|prevent|reliev|revers|counteract|abolish|suppress|reduc|decreas|diminish|improv|inhibit|block|control|resolv|mitigat)\w*(?:(?: \w+){0,4} (?:by|with)\b[^,;:]{0,60}| (?:after|under) (?:[\w-]+ ){0,3})$/i;
/** "nausea improved by 35% for" before "X-treated patients". */
const IMPROVED_FOR = /\b(?:improved|decreased|diminished|resolved)\b[^,;:]{0,40}\b(?:for|in|among) (?:the )?$/i;
const TREATED = /^(?:-treated|-group| group| recipients)\b/i;
/** "… stopped when it was given"; not when it was taken away, which tells of a cause. */
const STOPPED_WITH =
  /\b(?:stopped|ceased|resolved|subsided|disappeared|abated|remitted|prevented|attenuated|reversed|abolished)(?: \w+){0,2} (?:when|after|during|with|following|on|upon) [^;:]{0,60}$/i;
const TAKEN_AWAY = /^ (?:\w+ ){0,2}(?:was|were|had been|is) (?:withdrawn|discontinued|stopped|withheld)/i;
/** The same of treating, directly behind the disease: "in patients treated with" says nothing of it. */
const TREATED_WITH =
  /^ (?:and )?(?:(?:was|were|is|are|has been|have been) )?(?:\w+ly )?(?:treated|managed)(?: \w+ly)? (?:with|by) |\bsuccessfully (?:treated|managed|controlled) (?:with|by) [^;:]{0,40}$/i;
/** "treatment of … with" around a disease. */
const TREATMENT_OF =
  /\b(?:treatment|prevention|management|prophylaxis|therapy|relief) of (?:\w+[- ]){0,3}$|\b(?:treat|prevent|relieve) (?:\w+[- ]){0,2}$/i;
const WITH = /^(?: \w+){0,3} (?:with|by|using) (?:\w+[- ]){0,3}$/i;
/** "Orthostatic hypotension: treatment with" before a chemical; "during treatment with" tells when it came. */
const TREATMENT_WITH =
  /(?<!\b(?:during|after|following|under|on|of|to|before|from|by|with|and|initial|long-term|chronic|prolonged) )\b(?:treatment|therapy|management|prophylaxis) (?:with|by|using) (?:[\w-]+,? ){0,4}$/i;
/** "… in patients with", "… plus lamivudine in" between a chemical and the disease that its patients have. */
const IN_PATIENTS =
  /\b(?:in|for|of|to) (?:[\w-]+ ){0,3}(?:patients|children|adults|women|men|subjects|people|infants) (?:with|suffering from) (?:[\w-]+ ){0,5}$/i;
/** Says of a chemical in front of it that it protects, whatever comes next. */
const PROTECTS =
  /^[^;:.]{0,60}\b(?:protect(?:s|ed|ive)?|cardioprotect\w*|prevented|attenuated|ameliorated|alleviated|reversed)\b/i;

/** "the protective effect of … against" around a chemical, or the first of several. */
const PROTECTIVE_EFFECT =
  /\b(?:preventive|prophylactic|therapeutic|beneficial|ameliorat(?:ive|ing)|curative|\w*protective|anti-?(?!(?:biotic|viral|depressant|psychotic|epileptic|convulsant|hypertensive|inflammatory|microbial|fungal|cancer|tumou?r)s?\b)[a-z]{4,}) (?:effects?|roles?|actions?|activity|potential|efficacy|value) of (?:(?!\b(?:on|against|in|from)\b)[^;:.]){0,100}$/i;
const ON = /\b(?:on|against|in|from)\b/i;

/** The same before a chemical of which nothing else is said: "she was treated successfully with". */
const CURED_WITH =
  /\b(?:(?:treated|managed|controlled) successfully|successfully (?:treated|managed|controlled)|cured) (?:with|by) [^;:.]{0,60}$/i;
/** "patients with … were treated with" around a disease and what follows it. */
const PATIENTS_WITH =
  /\b(?:patients?|children|adults|women|woman|men|man|boys?|girls?|subjects|infants|dogs) (?:[\w-]+ )?with (?:[\w-]+ ){0,5}$/i;
const WERE_TREATED = /\b(?:was|were) (?:\w+ly )?(?:treated|managed) with [^;:]{0,60}$/i;

/** How far before the second name a word of working against may stand. */
const NEAR = 70;

interface Place {
  readonly start: number;
  readonly end: number;
}

/** What a sentence says of a chemical (head) and a disease (tail) in it. */
export function remedyVerdict(sentence: string, head: Place, tail: Place): Verdict {
  if (isBetter(sentence, tail)) return "against";
  if (head.end <= tail.start) {
    const between = sentence.slice(head.end, tail.start);
    if (INDUCED.test(between)) return "causes";
    if (STOPPED.test(sentence)) return "nothing";
    if (PROTECTIVE_EFFECT.test(sentence.slice(0, head.start)) && ON.test(between)) return "against";
    if (IN_PATIENTS.test(between)) return "against";
    if (LESS_OF.test(between) && between.replace(LESS_OF, "").search(CAUSES) < 0) return "against";
    if (GIVEN_FOR.test(between) && !MEASURED.test(sentence.slice(0, head.start))) return "against";
    if (CLAUSE.test(between.slice(1))) return lastOf(between) === "causes" ? "causes" : "nothing";
    return lastOf(between);
  }
  const between = sentence.slice(tail.end, head.start);
  if (STOPPED_WITH.test(between))
    return TAKEN_AWAY.test(sentence.slice(head.end)) || /\b(?:cessation|withdrawal|discontinuation)\b/i.test(between)
      ? "causes"
      : "against";
  if (AGAINST_BY.test(between) || TREATED_WITH.test(between) || EFFICACY_OF.test(between)) return "against";
  if (IMPROVED_FOR.test(between) && TREATED.test(sentence.slice(head.end))) return "against";
  if (TREATMENT_OF.test(sentence.slice(0, tail.start)) && WITH.test(between)) return "against";
  if (between.search(CAUSES) >= 0) return "causes";
  if (PATIENTS_WITH.test(sentence.slice(0, tail.start)) && WERE_TREATED.test(between)) return "against";
  return TREATMENT_WITH.test(between) ? "against" : "nothing";
}

/** "headache response", "pain relief". */
function isBetter(sentence: string, tail: Place): boolean {
  return IS_BETTER.test(sentence.slice(tail.end)) || RESPONDS.test(sentence.slice(tail.start));
}

function lastOf(between: string): Verdict {
  const against = [...between.matchAll(AGAINST)].at(-1)?.index ?? -1;
  // "prevents the development of" speaks of no development.
  const blank = (words: string): string => " ".repeat(words.length);
  const all = between.replaceAll(AGAINST, blank).replaceAll(OF_ANOTHER, blank);
  const rest = against >= 0 ? all.replace(OF_ITS_DISEASE, blank) : all;
  const causes = [...rest.matchAll(CAUSES)].at(-1)?.index ?? -1;
  if (against > causes) return between.length - against <= NEAR ? "against" : "nothing";
  return causes < 0 ? "nothing" : "causes";
}

/** @returns whether a pair's text speaks of a remedy at least once, and of a cause nowhere */
export const remedyPairs: PairFilter = ({ document, mentions, sentences }) => {
  return ({ scheme, places }) => {
    if (scheme.tail !== "Disease") return false;
    const verdicts: Verdict[] = [];
    const apart: Verdict[] = [];
    let cured = 0;
    for (const [first, second] of places) {
      const [head, tail] = [mentions[first]!, mentions[second]!];
      const sentence = sentences[head.passage]!.find(({ start, end }) => start <= head.start && head.end <= end);
      if (sentence === undefined) continue;
      const text = document.passages[head.passage]!.text.slice(sentence.start, sentence.end);
      const within = ({ start, end }: Place): Place => ({ start: start - sentence.start, end: end - sentence.start });
      if (head.passage === tail.passage && sentence.start <= tail.start && tail.end <= sentence.end)
        verdicts.push(remedyVerdict(text, within(head), within(tail)));
      else {
        const { start, end } = within(head);
        apart.push(PROTECTS.test(text.slice(end)) ? "against" : "nothing");
        if (CURED_WITH.test(text.slice(0, start))) cured++;
      }
    }
    if (verdicts.length === 0 && apart.length > 0 && cured === apart.length) return true;
    const decisive = verdicts.length > 0 ? verdicts : apart;
    return decisive.includes("against") && !decisive.includes("causes");
  };
};
