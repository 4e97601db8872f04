/** How statement-question.ts words a question: its auxiliary, its article, and without the words that would tell the answer. */
import { collapseSpaces } from "../python-text.ts";
import { NOT_PLURAL, PLURALS, PREPOSITIONS, UNCOUNTABLE } from "./statement-patterns.ts";
import type { VerbForm } from "./verbs.ts";

export function isPlural(word: string): boolean {
  return (
    PLURALS.test(word) || (/s$/u.test(word) && word.length > 3 && !NOT_PLURAL.test(word)) || /^\p{Lu}{2,}s$/u.test(word)
  );
}

/** "Do" for a plural subject; its head stands before the first preposition. */
export function auxiliaryFor(subject: readonly string[], form?: VerbForm): string {
  if (form !== undefined && form.kind !== "past") return form.kind === "plural" ? "Do" : "Does";
  const end = subject.findIndex((word, at) =>
    at > 0 && /ed$/u.test(word) ? true : PREPOSITIONS.test(word) && !/^(?:and|or)$/iu.test(word),
  );
  const phrase = end < 1 ? subject : subject.slice(0, end);
  return phrase.includes("and") || isPlural(phrase.at(-1) ?? "") ? "Do" : "Does";
}

/** "difference between …" → "Is there a difference between …". */
export function thereIs(phrase: string): string {
  const bare = phrase.replace(/^(?:an?|any|the) (?=\S)/iu, "");
  const words = withArticle(bare.split(" "));
  const plural = words[0] === bare.split(" ")[0] && isPlural(headOf(words));
  return `${plural ? "Are" : "Is"} there ${words.join(" ")}`;
}

function headOf(words: readonly string[]): string {
  const end = words.findIndex((word) => PREPOSITIONS.test(word));
  return (end < 1 ? words : words.slice(0, end)).at(-1) ?? "";
}

/** Puts "a" or "an" before a singular noun phrase that can take it. */
export function withArticle(words: readonly string[]): string[] {
  const plain = words.filter((word, at) => at > 1 || !/^(?:significant|statistically|clear)$/iu.test(word));
  const head = headOf(plain);
  if (head === "" || isPlural(head) || UNCOUNTABLE.test(head)) return [...plain];
  return [
    /^(?:[aeiou](?!ni|se|ro)|[FHLMNRSX]\p{Lu})/iu.test(plain[0]!) && !/^[^aeiou]/u.test(plain[0]!.toLowerCase())
      ? "an"
      : "a",
    ...plain,
  ];
}

/** Without "significant" and what else was said with the figures. */
export function tidy(question: string): string {
  return collapseSpaces(
    question
      .replace(
        /\b(an?) (?:statistically |clinically )?(?:highly )?significant(?:ly)? (\p{L})/giu,
        (_, __, letter: string) => `${/[aeiou]/iu.test(letter) ? "an" : "a"} ${letter}`,
      )
      .replace(/\b(?:statistically |highly )?significant(?:ly)? /giu, "")
      .replace(
        / (?:in|of|from|for|by) (?:this|the present|our|the current) (?:\p{L}+ )?(?:study|series|population|cohort|setting|group|analysis|sample|trial|patients|model|meta-analysis|experience|review|report)\b/giu,
        "",
      )
      .replace(/ (?:shown|found|proven|proved|demonstrated|judged|deemed) to (?=be )/iu, " to ")
      .replace(/^(Is|Are) (.+?) to be /iu, (whole, auxiliary: string, subject: string) =>
        / (?:likely|able|unlikely|supposed|expected|thought|known)$/iu.test(subject)
          ? whole
          : `${auxiliary} ${subject} `,
      )
      .replace(/ (?:either|any more)$/iu, ""),
  )
    .replace(/[,.;:]+$/u, "")
    .replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}
