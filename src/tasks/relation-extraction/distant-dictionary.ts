/**
 * What a training split names: its surface forms with their concepts, and its related pairs. The dictionary that
 * distant labels come from (distant.ts); nothing of validation or test is in it.
 *
 * A concept is an id where the gold has one (BC5CDR's MeSH), else the lower-cased name. Forms that would match what
 * they do not mean are dropped or kept on a lead, by four measured rules:
 *
 * short          fewer than 3 letters: "ca", "no", "mg"
 * unannotated    annotated in under a quarter of the training texts that hold it ("can", "all"); where the gold lists only the
 *                arguments of relations, in under a twentieth ("lead", which is a verb more often than a metal)
 * common         fewer than 4 letters, and in more than one of a thousand documents of the corpus (distant.ts counts them)
 * abbreviations  with ids: up to 5 letters always in capitals, or fewer than 4 letters; they count only in a document with a
 *                longer mention of the same id. "SNP" is nitroprusside in BC5CDR and a polymorphism elsewhere.
 */
import type { GoldRelations, TaskExample } from "../example.ts";
import { DictionaryMatcher } from "./distant-matcher.ts";
import type { RelationScheme } from "./schemes.ts";

export interface DictionaryForm {
  readonly form: string;
  readonly concept: string;
  /** The argument it can be; of a symmetric scheme every form is a head. */
  readonly role: Role;
  /** Counts only beside a longer mention of its concept. */
  readonly abbreviation: boolean;
}

export type Role = "head" | "tail";

export interface DistantDictionary {
  readonly forms: readonly DictionaryForm[];
  /** `pairKey` → the label it has most often. */
  readonly known: ReadonlyMap<string, string>;
  readonly dropped: { readonly short: readonly string[]; readonly unannotated: readonly string[] };
}

const FEWEST_LETTERS = 3;
const LEAST_ANNOTATED = { mentions: 0.25, arguments: 0.05 };
/** Letters below which a form is checked against the corpus, and needs a longer mention where there are ids. */
export const SURE_LETTERS = 4;
const LONGEST_ABBREVIATION = 5;

/** @param examples of the training split, with names; those without relations count as texts that do not annotate */
export function trainingDictionary(
  scheme: RelationScheme,
  examples: readonly TaskExample<GoldRelations>[],
): DistantDictionary {
  const counts = new Map<string, Tally>();
  const known = new Map<string, Tally>();
  for (const { source, document, gold } of examples) {
    const original = document.passages.map(({ text }) => text).join(" ");
    const lower = original.toLowerCase();
    for (const { form, concept, role } of namedIn(scheme, gold)) {
      const at = lower.length === original.length ? lower.indexOf(form) : -1;
      const tally = tallyOf(counts, form);
      tally.add(`${role} ${concept}`);
      if (at >= 0 && !/\p{Lu}.*\p{Lu}/u.test(original.slice(at, at + form.length))) tally.plain = true;
      if (source.includes(form)) tally.documents++;
    }
    for (const { head, tail, relation, headId, tailId } of gold.relations) {
      const key = pairKey(scheme, conceptOf(head, headId), conceptOf(tail, tailId));
      tallyOf(known, key).add(relation);
    }
  }
  const mentions = examples.some(({ gold }) => gold.mentions !== undefined);
  const leastAnnotated = LEAST_ANNOTATED[mentions ? "mentions" : "arguments"];
  const held = documentsWith([...counts.keys()], examples);
  const forms: DictionaryForm[] = [];
  const dropped: { short: string[]; unannotated: string[] } = { short: [], unannotated: [] };
  for (const [form, tally] of counts) {
    if (letters(form) < FEWEST_LETTERS) dropped.short.push(form);
    else if (tally.documents < leastAnnotated * (held.get(form) ?? 0)) dropped.unannotated.push(form);
    else {
      const [, role, concept] = /^(\S+) (.*)$/s.exec(tally.most()) as unknown as [string, Role, string];
      const capitals = !tally.plain && !/\s/.test(form) && letters(form) <= LONGEST_ABBREVIATION;
      const abbreviation = mentions && (capitals || letters(form) < SURE_LETTERS);
      forms.push({ form, concept, role, abbreviation });
    }
  }
  return { forms, known: new Map([...known].map(([key, tally]) => [key, tally.most()])), dropped };
}

/** What the gold names, each form once: its mentions where it lists them, else the arguments of its relations. */
export function namedIn(
  { symmetric }: RelationScheme,
  { mentions, relations }: GoldRelations,
): Omit<DictionaryForm, "abbreviation">[] {
  const listed: readonly (readonly [form: string, id: string | undefined, role: Role])[] =
    mentions === undefined
      ? relations.flatMap(({ head, tail }) => [
          [head, undefined, "head"] as const,
          [tail, undefined, symmetric ? "head" : "tail"] as const,
        ])
      : [
          ...mentions.chemicals.map(([form, id]) => [form, id, "head"] as const),
          ...mentions.diseases.map(([form, id]) => [form, id, "tail"] as const),
        ];
  const named = new Map<string, Omit<DictionaryForm, "abbreviation">>();
  for (const [name, id, role] of listed) {
    const form = name.toLowerCase();
    const key = `${role} ${form}`;
    if (form !== "" && !named.has(key)) named.set(key, { form, concept: conceptOf(form, id), role });
  }
  return [...named.values()];
}

/** The same for (a, b) and (b, a) where the scheme is symmetric. */
export function pairKey({ symmetric }: RelationScheme, head: string, tail: string): string {
  return (symmetric && head > tail ? [tail, head] : [head, tail]).join("\t");
}

/** BC5CDR's annotators wrote -1 where they found no concept. */
function conceptOf(name: string, id: string | undefined): string {
  return id === undefined || id === "-1" ? name.toLowerCase() : id;
}

/** Form → training texts that hold it as a match, longest first: "pain" within "chest pain" is not held against it. */
function documentsWith(forms: readonly string[], examples: readonly TaskExample[]): Map<string, number> {
  const matcher = new DictionaryMatcher(forms.map((form) => [form, form] as const));
  const held = new Map<string, number>();
  for (const { source } of examples) {
    for (const form of new Set(matcher.find(source).map(({ value }) => value))) {
      held.set(form, (held.get(form) ?? 0) + 1);
    }
  }
  return held;
}

export function letters(form: string): number {
  return form.match(/\p{L}/gu)?.length ?? 0;
}

class Tally {
  readonly #counts = new Map<string, number>();
  documents = 0;
  plain = false;

  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  /** The first of equals. */
  most(): string {
    return [...this.#counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
  }
}

function tallyOf(tallies: Map<string, Tally>, key: string): Tally {
  const tally = tallies.get(key) ?? new Tally();
  tallies.set(key, tally);
  return tally;
}
