/**
 * Pairs one of whose names stands for what nobody was given: "sodium-depleted rats", "the synthesis of prostaglandins", "after the failure of imatinib", "NMDA antagonists".
 *
 * Where a chemical is wanting, or had been given up before, it causes nothing, what a body makes is no drug that another one interacts with, and a class of drugs is not
 * what it acts like or against. Figures: docs/experiments.md, "Remedies".
 */
import type { FoundMention } from "../entities/tagger.ts";
import type { PairFilter } from "./pair-filter.ts";

const WANTING =
  /^ ?- ?(?:depleted|deficient|deprived|free|restricted|poor)\b|^(?:(?:-|\/| and )(?:glucose|serum|nutrient|oxygen))? (?:deprivation|depletion|deficiency)\b/i;
const WANTED_BEFORE =
  /\b(?:depletion|deficiency|lack|absence|restriction|withdrawal) of (?:the |dietary )?$|\b(?:low|deficient in) $/i;
const MADE =
  /\b(?:(?:bio)?synthesis|secretion|release|production|formation) of (?:the |endogenous |renal |gastric |\w+al )?$/i;

/** What had failed or did not work before: "after the failure of imatinib and nilotinib". */
const FAILED =
  /\b(?:failure (?:of|with|on)|refractory to|unresponsive to|resistan(?:t|ce) to) (?:[\w-]+(?:,| and| or|, and) )?$/i;
const RESISTANT = /^ ?- ?(?:resistan\w+|refractory|unresponsive|na[iï]ve)\b/i;

/** What holds a chemical is called by another name: "thiol-containing antioxidants". */
const HOLDING = /^ ?- ?(?:containing|bearing|rich)\b/i;

/** The name is part of another: of a class of drugs, or of what takes the substance up. */
const OF_A_CLASS =
  /^\)?(?: ?\([\w-]+\))?(?: |-)(?:[A-Z]?\d?[- ]?(?:receptor|channel|reuptake|transport(?:er)?) )?(?:receptor )?(?:antagonis(?:ts?|tic|m)|inhibitors?|blockers?|agonists?|receptors?|transporters?)\b/i;

/** @returns whether it is so in every place of the pair */
export const notGiven: PairFilter = ({ document, mentions }) => {
  const around = ({ passage, start, end }: FoundMention): readonly [before: string, behind: string] => {
    const { text } = document.passages[passage]!;
    return [text.slice(Math.max(0, start - 40), start), text.slice(end, end + 45)];
  };
  const isWanting = (mention: FoundMention): boolean => {
    const [before, behind] = around(mention);
    return WANTING.test(behind) || WANTED_BEFORE.test(before);
  };
  const hasFailed = (mention: FoundMention): boolean => {
    const [before, behind] = around(mention);
    return FAILED.test(before) || RESISTANT.test(behind);
  };
  const isMade = (mention: FoundMention): boolean => MADE.test(around(mention)[0]);
  const isHeld = (mention: FoundMention): boolean => HOLDING.test(around(mention)[1]);
  const isOfClass = (mention: FoundMention): boolean => OF_A_CLASS.test(around(mention)[1]);
  return ({ scheme, places }) => {
    const ofDrugs = scheme.head === "Chemical" && scheme.tail === "Chemical";
    if (scheme.head !== "Chemical") return false;
    return places.every(([head, tail]) => {
      const [first, second] = [mentions[head]!, mentions[tail]!];
      if (ofDrugs)
        return [first, second].some((name) => isMade(name) || isWanting(name) || isOfClass(name) || isHeld(name));
      if (scheme.tail === "Gene" && isHeld(first)) return true;
      return isWanting(first) || hasFailed(first) || (scheme.tail === "Disease" && isOfClass(first));
    });
  };
};
