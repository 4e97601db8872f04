/**
 * An abstract that is one string, taken apart: title, body without section labels, conclusion.
 *
 * Documents of a prepared corpus hold title and abstract in one line. Sections are labelled inline, in several styles
 * ("CONCLUSIONS: …", "Conclusion. …", "CONCLUSION …"), or not at all; titles end in a full stop or, in some exports, in
 * nothing. A label is a run of words that only label sections; PubMedQA's contexts are without them, so labels go.
 *
 * Leaves out: titles that end in nothing before an unlabelled body are not told from its first sentence
 * (`title` is undefined where that can be seen).
 */
import { splitSentences } from "../sentences.ts";

export interface AbstractParts {
  /** Without its final full stop, with its question mark; undefined where it has no visible end. */
  readonly title: string | undefined;
  /** The abstract without title, conclusion, labels, and what is no finding (trial registration, funding, copyright). */
  readonly body: string;
  /** The section of that label, else the last sentence or two. */
  readonly conclusion: string;
  /** Whether a label said which part is the conclusion. */
  readonly labelled: boolean;
}

/** Sentences from the end within which one that says so ("In conclusion, …") opens the conclusion. */
const LAST_SENTENCES = 2;
/** White-space words; a longer first sentence is a title run together with what follows. */
const LONGEST_TITLE = 30;

const LABEL_WORD =
  "backgrounds?|introduction|aims?|objectives?|purposes?|goals?|hypothesis|rationale|context|importance|methods?|methodology|materials?|" +
  "patients?|participants?|subjects?|animals|designs?|settings?|interventions?|measurements?|measures?|main|primary|outcomes?|results?|findings?|" +
  "principal|conclusions?|discussion|interpretation|summary|comments?|significance|relevance|implications?|limitations?|trial|registrations?|number|" +
  "fundings?|data|sources?|collection|analysis|study|selections?|extraction|synthesis|search|strategy|criteria|reviews?|authors?['’]s?|" +
  "reviewers?['’]s?|unassigned|case|reports?|presentation|diagnos[ie]s|research|clinical|recent|key|points|level|evidence|ethics|dissemination|" +
  "practice|statistical|procedures?|sample|population|problem|location|perspective|observations?|experimental|approach|novelty|impact";
const LABEL = `(?:${LABEL_WORD})(?:(?:,? and | of (?:the )?| & |, ?|/ ?| )(?:${LABEL_WORD})){0,6}`;
/** What stands before the mark that ends a label; it begins the text, or follows white space. */
const LABEL_BEFORE = new RegExp(`(?:^|\\s)(${LABEL}) ?$`, "iu");
/** UTF-16 units, longer than the labels in use. */
const LONGEST_LABEL = 80;
/** A colon ends a label wherever it stands; a full stop or dash only one that is alone in its sentence; the commonest ones need none. */
const LABEL_END =
  /:|[.–—](?=\s)|--|(?<=[.?!)] (?:CONCLUSIONS?|Conclusions?|DISCUSSION|BACKGROUND|OBJECTIVES?|INTRODUCTION|METHODS|RESULTS|FINDINGS|INTERPRETATION))\s(?=\p{Lu})/gu;
const IN_CAPITALS = /(?<![^\s/,&])\p{Lu}[\p{Lu}'’]+(?:[\s/,&]+(?:and|of|the|\p{Lu}[\p{Lu}'’]*))*$/u;
const FROM_CAPITAL = /(?<!\S)\p{Lu}.*$/su;
const CONCLUDES = /conclusion|interpretation|significance$/i;
const NO_FINDING = /registration|funding|level of evidence|ethics|dissemination|unassigned/i;
/** Begins a sentence that is a conclusion. */
const CONCLUDING =
  /^(?:in (?:conclusion|summary)|(?:it is|we) conclude|conclusions?\b|taken together|overall|collectively|thus|therefore|hence|these|(?:the|our) (?:present |current )?(?:results|findings|data|study)|this (?:study|suggests|indicates)|our)\b/i;
/** No sentence of the authors'. */
const NOTICE =
  /^(?:\(?©|copyright|published by|\(?c\) \d{4}|trial registration|clinicaltrials|keywords?:|prospero)|all rights reserved|\bNCT\d{6,}\.?$/i;
/** After a word in lower case, one of these begins a sentence: the title before it ended in nothing. */
const RUN_TOGETHER =
  /(?<![.:?!;–—-] ?)(?<=[\p{Ll}\d)] )(?:The|This|These|We|In|To|An?|It|There|Our|Although|Several|Many|Most|Here|Both|While|Recent|Previous|Patients|During|After|Since|Because|Two|Three|For|As|Despite|Introduction|Background|Objectives?|Purpose|Aims?) \p{Ll}/u;

export function abstractParts(text: string): AbstractParts {
  const labels = findLabels(text);
  const first = splitSentences(text)[0] ?? { start: 0, end: 0 };
  const opening = labels.find(({ start }) => start > 0 && start <= first.end);
  const titleEnd = opening === undefined ? first.end : opening.start;
  const heading = text.slice(first.start, titleEnd).trim();
  const title =
    heading.split(/\s+/).length > LONGEST_TITLE ||
    (opening === undefined && isRunTogether(heading, text.slice(titleEnd)))
      ? undefined
      : heading.replace(/\.$/, "");
  const sections: { label: string; text: string }[] = [];
  let [from, label] = [titleEnd, ""];
  for (const next of labels.filter(({ start }) => start >= titleEnd)) {
    sections.push({ label, text: text.slice(from, next.start).trim() });
    [from, label] = [next.end, next.label];
  }
  sections.push({ label, text: text.slice(from).trim() });
  const findings = sections
    .filter((section) => section.text !== "" && !NO_FINDING.test(section.label))
    .map((section) => ({ ...section, sentences: sentencesOf(section.text) }));
  const at = findings.findLastIndex((section) => CONCLUDES.test(section.label) && section.sentences.length > 0);
  if (at >= 0) {
    const body = findings.filter((_, index) => index !== at).flatMap(({ sentences }) => sentences);
    return { title, body: body.join(" "), conclusion: findings[at]!.sentences.join(" "), labelled: true };
  }
  const sentences = findings.flatMap((section) => section.sentences);
  const opens = sentences.slice(-LAST_SENTENCES).findIndex((sentence) => CONCLUDING.test(sentence));
  const length = opens < 0 ? 1 : Math.min(LAST_SENTENCES, sentences.length) - opens;
  const cut = Math.max(0, sentences.length - length);
  return {
    title,
    body: sentences.slice(0, cut).join(" "),
    conclusion: sentences.slice(cut).join(" "),
    labelled: false,
  };
}

/** Whether a title goes on into the first sentence of its abstract: a word in the middle has a capital without being a name. */
function isRunTogether(heading: string, body: string): boolean {
  if (RUN_TOGETHER.test(heading)) return true;
  const long = heading.match(/(?<!\S)\p{L}[\p{Ll}-]{3,}/gu) ?? [];
  const capitals = long.filter((word) => /^\p{Lu}/u.test(word)).length;
  const small = long.length - capitals;
  if (capitals > small) return false; // a Title in Capitals
  if (capitals >= 3 && small >= 6) return true; // a Title in Capitals, and a sentence
  return [...heading.matchAll(/(?<=[\p{Ll}\d)] )\p{Lu}\p{Ll}{3,}/gu)].some(([word]) =>
    new RegExp(`(?<!\\p{L})${word.toLowerCase()}(?!\\p{L})`, "u").test(`${heading} ${body}`),
  );
}

interface Label {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

function findLabels(text: string): Label[] {
  const labels: Label[] = [];
  for (const { 0: mark, index } of text.matchAll(LABEL_END)) {
    const before = text.slice(Math.max(0, index - LONGEST_LABEL), index);
    const label = asLabel(LABEL_BEFORE.exec(before)?.[1] ?? "");
    if (label === undefined) continue;
    const start = index - (before.length - before.lastIndexOf(label));
    const alone = start === 0 || /[.?!)\]]\s$/.test(text.slice(Math.max(0, start - 2), start));
    if (mark === ":" || alone) labels.push({ start, end: index + mark.length, label });
  }
  return labels;
}

/** What of a run of such words is the label: a title before it may end in some ("a randomised trial BACKGROUND"). */
function asLabel(words: string): string | undefined {
  return (IN_CAPITALS.exec(words) ?? FROM_CAPITAL.exec(words))?.[0];
}

function sentencesOf(text: string): string[] {
  return splitSentences(text)
    .map(({ start, end }) => text.slice(start, end))
    .filter((sentence) => !NOTICE.test(sentence));
}
