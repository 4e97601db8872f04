/**
 * Diseases that the text speaks of with other chemicals alone: "scopolamine was given … in cycloheximide-induced amnesia". A reader of whole
 * documents gives them to whatever chemical it finds elsewhere.
 *
 * A clause is a sentence or what a contrast begins. A disease that is named without any chemical ("the most common adverse events were dizziness and drowsiness") may be anybody's, and stays.
 * Figures: docs/experiments.md, "Another chemical's effect".
 */
import type { FoundMention } from "../entities/found-mentions.ts";
import type { PairFilter } from "./pair-filter.ts";
import { saidEffects } from "./said-effects.ts";

/** Begins what is said of another: "dizziness with bupropion, whereas somnolence with trazodone". */
const CONTRAST = /[,;] (?:whereas|whilst|while|but)\b|;/i;

/** Around what is tried: "the effect of treatment with gum arabic on renal failure induced by gentamicin". */
const EFFECT_OF = /\b(?:effects?|influence|role|impact|action|efficacy) of (?:(?!on\b)[\w-]+,? ){0,6}$/i;
const ON = /^[^.;:]*\b(?:on|against|in) (?:[\w-]+ ){0,4}/i;
/** How far before a name it is looked for. */
const BEFORE = 80;
/** Between a chemical and its effect. */
const INDUCED_NEXT = /^\)? ?- ?(?:induced|evoked|elicited|provoked) (?:[\w-]+ ){0,2}$/i;

/** @returns whether no clause names both, and each that names the disease names another chemical, or one says outright that it is another's effect; or each that names both tries the chemical on that */
export const othersEffects: PairFilter = ({ document, mentions, sentences }) => {
  const clauseOf = mentions.map(({ passage, start }) => {
    const within = sentences[passage]!.findLastIndex((sentence) => sentence.start <= start);
    const before = document.passages[passage]!.text.slice(sentences[passage]![within]?.start ?? 0, start);
    return `${passage} ${within} ${before.split(CONTRAST).length}`;
  });
  const chemicalsOf = new Map<string, FoundMention[]>();
  for (const [at, mention] of mentions.entries()) {
    if (mention.type !== "Chemical") continue;
    const known = chemicalsOf.get(clauseOf[at]!);
    if (known === undefined) chemicalsOf.set(clauseOf[at]!, [mention]);
    else known.push(mention);
  }
  const isSaid = saidEffects({ document, mentions, sentences });
  /** "amiodarone-induced lung toxicity": also of harm of any kind. */
  const isInducedBy = (chemical: number, disease: number): boolean => {
    const [head, tail] = [mentions[chemical]!, mentions[disease]];
    if (tail?.type !== "Disease" || head.passage !== tail.passage || head.end > tail.start) return false;
    return INDUCED_NEXT.test(document.passages[head.passage]!.text.slice(head.end, tail.start));
  };
  /** Whether the text says outright that the disease is the effect of the chemical that stands next to it, which is none of these. */
  const isAnothers = (disease: number, own: (other: FoundMention) => boolean): boolean =>
    [disease - 1, disease + 1].some((at) => {
      const other = mentions[at];
      return other?.type === "Chemical" && !own(other) && (isSaid(at, disease) || isInducedBy(at, disease));
    });
  /** Whether the chemical is tried on what another one brings about, or brings about something else there. */
  const isTriedOn = ([chemical, disease]: readonly [number, number]): boolean => {
    const [head, tail] = [mentions[chemical]!, mentions[disease]!];
    const { text } = document.passages[head.passage]!;
    const isTried =
      head.end <= tail.start &&
      EFFECT_OF.test(text.slice(Math.max(0, head.start - BEFORE), head.start)) &&
      ON.test(text.slice(head.end, tail.start));
    return isTried || (chemical + 1 !== disease && isInducedBy(chemical, chemical + 1));
  };
  return ({ scheme, places }) => {
    if (scheme.head !== "Chemical" || scheme.tail !== "Disease") return false;
    const names = [...new Set(places.map(([chemical]) => mentions[chemical]!))];
    const isOwn = (other: FoundMention): boolean => names.some((mention) => isOneName(mention.text, other.text));
    const diseases = [...new Set(places.map(([, disease]) => disease))];
    const beside = diseases.map((disease) => chemicalsOf.get(clauseOf[disease]!) ?? []);
    const together = places.filter(([chemical, disease]) => clauseOf[chemical] === clauseOf[disease]);
    const here = new Set(together.map(([chemical]) => mentions[chemical]!));
    if (beside.some((chemicals) => chemicals.some((one) => isOwn(one) && !here.has(one)))) return false;
    if (together.length > 0) return together.every((place) => isAnothers(place[1], isOwn) && isTriedOn(place));
    return beside.every((chemicals) => chemicals.length > 0) || diseases.some((disease) => isAnothers(disease, isOwn));
  };
};

/** "pentamidine isethionate" is pentamidine. */
function isOneName(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one.includes(other) || other.includes(one);
}
