/**
 * A statement becomes a yes/no question with its answer, by rules over its words.
 *
 *     Aspirin does not reduce mortality in sepsis  →  Does aspirin reduce mortality in sepsis?  no
 *     X is associated with Y                       →  Is X associated with Y?                   yes
 *     Lack of association between X and Y          →  Is there an association between X and Y?  no
 *     No evidence that X improves Y                →  Does X improve Y?                         no
 *
 * Source     PQA-A of PubMedQA (Jin et al., 2019, arXiv:1909.06146, section 2.2), which turned titles with a part-of-speech pattern
 *            and a copula or auxiliary. Without a tagger, finite verbs are found by a list (verbs.ts) and their neighbours: of 2,000 titles
 *            these rules make a question of 191, the taggers of compromise 14.17 and wink-nlp 2.4 one of 488 and 285, and most of those that
 *            they alone make are none ("Does the effects of thiazolidinediones on blood pressure level?").
 * Differs    takes conclusions too, so asides, reported speech ("we found that …") and what refers to other text are
 *            removed or refused; the past becomes the present; "significant" goes, as it would tell a "no".
 * Leaves out what is hedged (may, might), recommended, or said of "it" or "this study": no question, rather than a bad one.
 */
import { collapseSpaces } from "../python-text.ts";
import { auxiliaryFor, isPlural, thereIs, tidy, withArticle } from "./question-wording.ts";
import {
  ADVERBS,
  ADVERBS_LEFT_OUT,
  CLAUSE_END,
  CONNECTIVE,
  DETERMINERS,
  FRONTED,
  GENERIC_SUBJECT,
  HEDGED,
  NO_FINDING,
  NO_SUBJECT,
  PREPOSITIONS,
  REPORT_DENIES,
  REPORT_DOUBTS,
  REPORTED,
  REPORTS,
  SPEAKS,
  SUBORDINATES,
} from "./statement-patterns.ts";
import { type VerbForm, verbForm } from "./verbs.ts";

export interface StatementQuestion {
  readonly question: string;
  readonly answer: "yes" | "no";
}

/** White-space words. */
const LONGEST_STATEMENT = 80;
const LONGEST_SUBJECT = 18;
const LONGEST_REST = 28;

interface Clause {
  readonly subject: readonly string[];
  /** What the question begins with: "Is", "Does". */
  readonly auxiliary: string;
  readonly negated: boolean;
  readonly rest: readonly string[];
}

/**
 * @param isName whether a word that begins a sentence keeps its capital elsewhere; default: only those with a further capital or a digit
 * @param isTitle in titles a word in -ed is a participle: the past is seldom told there. Default false
 * @returns undefined where the text is no statement that the rules are sure of
 */
export function statementQuestion(
  statement: string,
  isName: (word: string) => boolean = () => false,
  { isTitle = false }: { readonly isTitle?: boolean } = {},
): StatementQuestion | undefined {
  let text = collapseSpaces(statement).replace(/[.;,]+$/u, "");
  if (text === "" || /[?"“”„]/u.test(text) || text.split(" ").length > LONGEST_STATEMENT) return undefined;
  text = text.replace(/^\[(.*)\]$/u, "$1");
  for (let more = true; more; ) {
    const shorter = text.replace(CONNECTIVE, "");
    more = shorter !== text;
    text = shorter;
  }
  const report = REPORTED.exec(text);
  let denied = false;
  if (report !== null) {
    const opening = text.slice(0, text.length - report.groups!["rest"]!.length);
    const words = opening.split(/[\s,]+/u).filter((word) => word !== "");
    if (!SPEAKS.test(words[0]!) && words.length > 6) return undefined;
    if (REPORT_DOUBTS.test(opening)) return undefined;
    denied = REPORT_DENIES.test(opening);
    text = report.groups!["rest"]!;
  }
  text = text.replace(/ ?\((?:[^()]|\([^()]*\)){0,200}\)/gu, ""); // asides: figures, abbreviations
  const found = fragment(text) ?? existence(text) ?? foundNone(text) ?? declarative(text, isName, isTitle);
  if (found === undefined || (denied && found.answer === "no")) return undefined;
  const question = tidy(found.question);
  const length = question.split(" ").length;
  if (length < 4 || length > LONGEST_SUBJECT + LONGEST_REST || NO_FINDING.test(question) || HEDGED.test(question))
    return undefined;
  return { question: `${question}?`, answer: denied ? "no" : found.answer };
}

/** Titles without a verb that deny: "Lack of …", "No effect of …", "Failure of X to …". */
function fragment(text: string): StatementQuestion | undefined {
  const failure = /^failure of (?<subject>.{2,120}?) to (?<rest>.+)$/iu.exec(text);
  if (failure !== null && !finite(failure.groups!["rest"]!)) {
    const { subject, rest } = failure.groups as { subject: string; rest: string };
    return { question: `${auxiliaryFor(subject.split(" "))} ${subject} ${clauseOf(rest)}`, answer: "no" };
  }
  const lack =
    /^(?:(?:apparent |complete |the )?(?:lack|absence) of(?: an?| any| the)?|no)(?: significant| clear)? (?<rest>.+)$/iu.exec(
      text,
    );
  if (lack === null || finite(text)) return undefined;
  const rest = clauseOf(lack.groups!["rest"]!);
  return /^\S+ (?:\S+ )?(?:of|between|for|in|on|from|with|to|among|after|during)\b/u.test(rest) &&
    !/^(?:more|longer|time|one|way)\b/iu.test(rest)
    ? { question: thereIs(rest), answer: "no" }
    : undefined;
}

/** "There was no difference …", "There is an association …". */
function existence(text: string): StatementQuestion | undefined {
  const there =
    /^(?:(?<front>(?:in|among|for|during|after|at|with|within|between) [^,]{3,120}), )?there (?:is|are|was|were|appears to be|(?:has|have) been) (?:also |clearly |still )?(?<no>no |not an? |not any |little |neither )?(?:statistically )?(?:significant |clear )?(?<rest>.+)$/iu.exec(
      text,
    );
  if (there === null) return undefined;
  const { no, front, rest } = there.groups as { no?: string; front?: string; rest: string };
  if (/^little /iu.test(no ?? "") || /^neither/iu.test(no ?? "")) return undefined;
  const head = clauseOf(rest).replace(/ (?:was|were|is|are) .*$/u, "");
  if (
    /^(?:need|no|not|one|two|a need|urgent|an urgent|currently|lack|a lack|insufficient|limited|few|several|many|some|\d)\b/iu.test(
      head,
    )
  )
    return undefined;
  const question = `${thereIs(head)}${front === undefined ? "" : ` ${front[0]!.toLowerCase()}${front.slice(1)}`}`;
  return { question, answer: no === undefined ? "yes" : "no" };
}

/** "No difference was found between …" */
function foundNone(text: string): StatementQuestion | undefined {
  const none =
    /^(?:(?<front>(?:in|among|for|during|after|at|with|within|between) [^,]{3,120}), )?no (?:statistically )?(?:significant |clear )?(?<noun>[^,]{3,100}?) (?:was|were|is|are|could be|has been|have been) (?:found|observed|seen|detected|noted|demonstrated|identified|apparent|evident|present|shown)(?<rest> .*)?$/iu.exec(
      text,
    );
  if (none === null) return undefined;
  const { front, noun, rest = "" } = none.groups as { front?: string; noun: string; rest?: string };
  if (finite(noun)) return undefined;
  const tail = clauseOf(rest).replace(/^ by .*$/u, "");
  return {
    question: `${thereIs(noun)}${tail}${front === undefined ? "" : ` ${front[0]!.toLowerCase()}${front.slice(1)}`}`,
    answer: "no",
  };
}

/** Subject, finite verb, rest. */
function declarative(text: string, isName: (word: string) => boolean, isTitle: boolean): StatementQuestion | undefined {
  let clause = text;
  let moved = "";
  if (FRONTED.test(clause)) {
    const front = /^(?<front>[^,]{3,140}), (?<rest>.+)$/u.exec(clause)?.groups;
    if (front === undefined || finite(front["front"]!) || SUBORDINATES.test(front["rest"]!.split(" ")[0]!))
      return undefined;
    moved = ` ${front["front"]![0]!.toLowerCase()}${front["front"]!.slice(1)}`;
    clause = front["rest"]!;
  }
  const found = findClause(clause.split(" "), isTitle);
  if (found === undefined) return undefined;
  const { subject, auxiliary, negated, rest } = found;
  const subjectText = subject.join(" ").replace(/,$/u, "");
  if (
    NO_SUBJECT.test(subject[0]!) ||
    GENERIC_SUBJECT.test(subjectText) ||
    /,/.test(subjectText.replace(/, [^,]+,/u, "").replace(/,(?=.*,? (?:and|or) )/gu, ""))
  )
    return undefined;
  if (/^(?:the|a|an)$/iu.test(subject[0]!) && subject.length < 3) return undefined;
  if (
    /^(?:patients|subjects|participants|responses|differences|outcomes|groups|no|all|both|neither)$/iu.test(subjectText)
  )
    return undefined;
  const predicate = clauseOf(rest.join(" "));
  const words = predicate.split(" ").filter((word) => /\p{L}{3}/u.test(word));
  if (/^(?:(?:statistically|clinically) )?significant$/iu.test(predicate)) return undefined; // of a figure
  if (predicate === "" || words.length < 1 || predicate.split(" ").length > LONGEST_REST) return undefined;
  const first = subject[0]!;
  const lowered =
    /^\p{Lu}\p{Ll}+(?:['’]s)?(?:-[\p{Ll}\d]+)*,?$|^An?$/u.test(first) && !isName(first)
      ? first[0]!.toLowerCase() + first.slice(1)
      : first;
  const name = [lowered, ...subject.slice(1)].join(" ").replace(/,$/u, "");
  return { question: `${auxiliary} ${name} ${predicate}${moved}`, answer: negated ? "no" : "yes" };
}

/** Looks for the first finite verb outside subordinate clauses. */
function findClause(words: readonly string[], isTitle: boolean): Clause | undefined {
  for (let at = 1; at < Math.min(words.length - 1, LONGEST_SUBJECT + 3); at++) {
    const word = words[at]!.toLowerCase();
    if (REPORTS.test(word)) return undefined;
    if (SUBORDINATES.test(word.replace(/,$/u, "")) || /[:;]$/u.test(word)) return undefined;
    let from = at; // adverbs before the verb move behind it
    while (from > 1 && ADVERBS.test(words[from - 1]!) && !/^(?:both|either|family|only)$/iu.test(words[from - 1]!))
      from--;
    const subject = words.slice(0, from);
    if (subject.length === 0 || subject.length > LONGEST_SUBJECT) continue;
    const adverbs = words.slice(from, at).filter((adverb) => !ADVERBS_LEFT_OUT.test(adverb));
    if (adverbs.some((adverb) => /^(?:never|seldom|not)$/iu.test(adverb))) return undefined;
    const participle = isTitle && verbForm(word)?.kind === "past" && verbForm(word)?.doubtful === true;
    if (participle) continue;
    const clause = auxiliaryClause(words, at, subject, adverbs) ?? verbClause(words, at, subject, adverbs);
    if (clause === "refused") return undefined;
    if (clause !== undefined) return clause;
  }
  return undefined;
}

function auxiliaryClause(
  words: readonly string[],
  at: number,
  subject: readonly string[],
  adverbs: readonly string[],
): Clause | "refused" | undefined {
  const word = words[at]!.toLowerCase();
  const auxiliary = {
    is: "Is",
    was: "Is",
    are: "Are",
    were: "Are",
    can: "Can",
    cannot: "Can",
    does: "Does",
    do: "Do",
    did: auxiliaryFor(subject),
    has: "Has",
    have: "Have",
    had: "Has",
  }[word];
  if (auxiliary === undefined)
    return /^(?:may|might|could|would|must|shall|should|will)$/u.test(word) ? "refused" : undefined;
  if (PREPOSITIONS.test(subject.at(-1)!) || /^(?:the|a|an|no)$/iu.test(subject.at(-1)!)) return "refused";
  let next = at + 1;
  let negated = word === "cannot" || /^(?:neither|no)$/iu.test(subject[0]!);
  let named = subject;
  if (/^no$/iu.test(subject[0]!)) return "refused"; // "No patient was …" asks about any
  if (/^neither$/iu.test(subject[0]!)) {
    if (!subject.includes("nor")) return "refused";
    named = subject.slice(1).map((part) => (part === "nor" ? "or" : part));
  }
  const kept: string[] = [...adverbs];
  for (; next < words.length; next++) {
    const follower = words[next]!.toLowerCase();
    if (follower === "not") negated = true;
    else if (negated && follower === "only") return "refused";
    else if (ADVERBS_LEFT_OUT.test(follower)) continue;
    else break;
  }
  if (/^(?:never|neither|hardly|rarely|scarcely|nor)$/iu.test(words[next] ?? "never")) return "refused";
  const rest = words.slice(next);
  if (/^(?:do|does|did)$/u.test(word))
    return negated ? { subject: named, auxiliary, negated, rest: [...kept, ...rest] } : "refused";
  if (/^(?:has|have|had)$/u.test(word)) {
    const participle = rest.find((part) => !ADVERBS.test(part)) ?? "";
    if (!/^(?:been|become|shown|\p{L}{3,}ed)$/iu.test(participle)) return undefined; // a main verb
    if (
      /^(?:been|shown)$/iu.test(participle) &&
      /\b(?:shown|reported|suggested|proposed|used|described|found|implicated|linked|developed)\b/iu.test(
        rest.slice(0, 3).join(" "),
      )
    )
      return "refused";
    if (word === "had") return "refused";
  }
  if (/^(?:is|are|was|were)$/u.test(word)) {
    if (/^no$/iu.test(rest[0] ?? "")) {
      if (/^(?:longer|more|less)$/iu.test(rest[1] ?? "")) return "refused";
      return { subject: named, auxiliary, negated: true, rest: [...kept, ...rest.slice(1)] };
    }
    if (/^(?:unrelated|unaffected|unchanged|unaltered|independent)$/iu.test(rest[0] ?? "") && !negated) {
      const positive = { unrelated: "related", unaffected: "affected", unchanged: "changed", unaltered: "altered" }[
        rest[0]!.toLowerCase()
      ];
      if (positive !== undefined)
        return { subject: named, auxiliary, negated: true, rest: [...kept, positive, ...rest.slice(1)] };
    }
    if (/^(?:that|to|because|if|when|how|what|whether)$/iu.test(rest[0] ?? "")) return "refused";
  }
  return { subject: named, auxiliary, negated, rest: [...kept, ...rest] };
}

function verbClause(
  words: readonly string[],
  at: number,
  subject: readonly string[],
  adverbs: readonly string[],
): Clause | "refused" | undefined {
  const word = words[at]!;
  const form = verbForm(word);
  if (form === undefined || /,$/.test(word)) return undefined;
  const before = subject.at(-1)!;
  const next = words[at + 1]!;
  if ((DETERMINERS.test(before) && before !== "A") || PREPOSITIONS.test(before)) return undefined; // "vitamin A"
  if (!isVerbHere(form, subject, words.slice(at + 1), adverbs.length > 0)) return undefined;
  let negated = false;
  let named = subject;
  if (/^no$/iu.test(subject[0]!)) return "refused";
  if (/^neither$/iu.test(subject[0]!)) {
    if (!subject.includes("nor")) return "refused";
    named = subject.slice(1).map((part) => (part === "nor" ? "or" : part));
    negated = true;
  }
  let { base } = form;
  let rest = words.slice(at + 1).filter((part, index) => index > 1 || !ADVERBS_LEFT_OUT.test(part));
  if (base === "lack") {
    if (negated) return "refused";
    base = "have";
    negated = true;
  } else if (
    /^no$/iu.test(next) &&
    /^(?:have|show|play|exhibit|confer|provide|offer|cause|produce|induce|exert|display|make|give|yield|require|need|receive)$/u.test(
      base,
    )
  ) {
    if (negated) return "refused";
    negated = true;
    rest = withArticle(rest.slice(1));
  } else if (/^(?:little|neither|nothing|none|minimal|only|no|limited)$/iu.test(next)) return "refused";
  if (base === "tend" || (base === "remain" && /^(?:to|a|an|the|unclear|unknown|controversial)$/iu.test(next)))
    return "refused";
  return {
    subject: named,
    auxiliary: auxiliaryFor(form.kind === "singular" ? [] : form.kind === "plural" ? ["s"] : named, form),
    negated,
    rest: [...adverbs, base, ...rest],
  };
}

/** Whether a word that can be a finite verb is one between these neighbours. */
function isVerbHere(form: VerbForm, subject: readonly string[], after: readonly string[], adverb: boolean): boolean {
  const before = subject.at(-1)!.replace(/,$/u, "");
  const next = after[0]!.replace(/,$/u, "");
  if (/[,;:]$/.test(after[0]!) && after.length === 1) return false;
  if (form.kind === "plural") {
    const plural = isPlural(before) || (!form.doubtful && subject.includes("and") && /^\p{L}/u.test(before));
    return plural && !PREPOSITIONS_AFTER_NOUN.test(next);
  }
  if (form.kind === "singular") {
    if (isPlural(before) && !/['’)]/.test(before)) return false; // "effects increases"
    return (
      !form.doubtful ||
      adverb ||
      !PREPOSITIONS_AFTER_NOUN.test(next) ||
      /^(?:results in|leads to|acts as|plays a|works)/u.test(`${singularWord(form)} ${next}`)
    );
  }
  if (!form.doubtful) return true;
  // "-ed" is as often a participle: then a preposition follows, or a finite verb later
  const object =
    /^(?:the|a|an|its|their|no|both|all|more|less|in-hospital|\p{L}+(?:al|ic|ive|ed|ous|ar|ent|ant)|\p{L}+)$/iu.test(
      next,
    ) && !PREPOSITIONS.test(next);
  return (object || adverb) && !finite(clauseOf(after.join(" ")));
}

const PREPOSITIONS_AFTER_NOUN =
  /^(?:of|in|on|for|with|by|to|from|at|between|among|during|after|before|and|or|are|is|was|were|that|which|due|as|vs|versus|through|within|can|may|has|have|following)$/iu;

function singularWord({ base }: VerbForm): string {
  return `${base}s`;
}

/** Whether a text holds a plain finite verb. */
function finite(text: string): boolean {
  return text
    .split(" ")
    .some(
      (word, at, all) =>
        /^(?:is|are|was|were|has|have|had|does|do|did|can|cannot|may|might|could|should|will|would|must|show|showed|shows)$/iu.test(
          word,
        ) ||
        (at > 0 &&
          verbForm(word)?.kind === "singular" &&
          verbForm(word)?.doubtful === false &&
          !DETERMINERS.test(all[at - 1]!)),
    );
}

function clauseOf(text: string): string {
  const end = CLAUSE_END.exec(text);
  const clause = end === null ? text : text.slice(0, end.index);
  for (const match of clause.matchAll(/(?:,? (?:and|or)|,) (\p{L}+)/giu)) {
    // a second verb of the same subject: "reduces pain and improves sleep"
    if (verbForm(match[1]!)?.kind === "singular") return clause.slice(0, match.index).replace(/[,:;]+$/u, "");
  }
  return clause.replace(/(?: (?:which|that|and|or))?[,:;]*$/u, "");
}
