/**
 * One document and a dictionary: its mentions, the pairs they make, and the targets written from them.
 *
 * Pairs are labelled at a distance (Mintz et al., 2009, P09-1113): nobody has read the document. `known` trusts that a
 * pair related in the training split is related wherever both are named; `sentence` only says that two mentions share
 * a sentence, which for a scheme of one label teaches a model to read its source before it teaches the relation.
 */
import { splitSentences } from "../../corpora/sentences.ts";
import type { GoldRelations, TaskExample } from "../example.ts";
import type { Content } from "./content.ts";
import { type DictionaryForm, type DistantDictionary, namedIn, pairKey, type Role } from "./distant-dictionary.ts";
import { type DictionaryMatch, DictionaryMatcher } from "./distant-matcher.ts";
import type { RelationScheme } from "./schemes.ts";
import type { RelationTriple } from "./templates.ts";

/** A concept that a document names. */
export interface NamedConcept {
  readonly concept: string;
  readonly role: Role;
  /** Its longest mention, the first of equals, as the gold targets write it (examples.ts). */
  readonly name: string;
  /** UTF-16 offsets into the content at which its mentions begin, ascending. */
  readonly starts: readonly number[];
}

export interface LabelledPair extends RelationTriple {
  readonly key: string;
  /** Related in the training split. */
  readonly known: boolean;
}

/**
 * What follows a form that only begins the name of something else: "dopamine d2 receptors", "calcium antagonist", "alcohol
 * dehydrogenase", "angiotensin-converting enzyme", "stroke volume". Names that the dictionary has whole are longer matches.
 */
const BEGINS_ANOTHER_NAME: Readonly<Record<Role, RegExp>> = {
  head: /^[- ](?:(?:[a-z]{0,2}\d[a-z]?|[α-ω]|i{1,3}|alpha|beta)[- ])?(?:(?:receptor|channel|transporter|antagonist|agonist|blocker|inhibitor|polymorphism|(?:mono|di|tri)phosphate)s?|converting|[a-z]{2,}(?:[dglnrt]|synth)ases?)(?![a-z])/,
  tail: /^ (?:volume|work|index)(?![a-z])/,
};
/** UTF-16 units, longer than what the patterns match. */
const LOOK_AHEAD = 40;

/** Matches of the dictionary, without those within another name. A target is a protein as often as not, so its own rule is mild. */
export function findForms(matcher: DictionaryMatcher<DictionaryForm>, text: string): DictionaryMatch<DictionaryForm>[] {
  return matcher
    .find(text)
    .filter(({ end, value }) => !BEGINS_ANOTHER_NAME[value.role].test(text.slice(end, end + LOOK_AHEAD)));
}

/** @returns concepts in the order of their first mentions; an abbreviation counts only beside a longer mention */
export function namedConcepts(matches: readonly DictionaryMatch<DictionaryForm>[]): NamedConcept[] {
  const full = new Set(matches.filter(({ value }) => !value.abbreviation).map(({ value }) => conceptKey(value)));
  const concepts = new Map<string, { concept: string; role: Role; name: string; starts: number[] }>();
  for (const { start, value } of matches) {
    const { form, concept, role } = value;
    const key = conceptKey(value);
    if (!full.has(key)) continue;
    const seen = concepts.get(key);
    if (seen === undefined) concepts.set(key, { concept, role, name: form, starts: [start] });
    else {
      seen.starts.push(start);
      if (form.length > seen.name.length) seen.name = form;
    }
  }
  return [...concepts.values()];
}

/** Every pair of a head and a tail, once; of a symmetric scheme the concept named first is the head. */
export function* conceptPairs(
  scheme: RelationScheme,
  concepts: readonly NamedConcept[],
): Generator<readonly [head: NamedConcept, tail: NamedConcept]> {
  for (const [at, head] of concepts.entries()) {
    if (head.role !== "head") continue;
    const tails = scheme.symmetric ? concepts.slice(at + 1) : concepts.filter(({ role }) => role === "tail");
    for (const tail of tails) if (tail.name !== head.name) yield [head, tail];
  }
}

export function knownPairs(
  scheme: RelationScheme,
  concepts: readonly NamedConcept[],
  { known }: Pick<DistantDictionary, "known">,
): LabelledPair[] {
  const pairs: LabelledPair[] = [];
  for (const [head, tail] of conceptPairs(scheme, concepts)) {
    const key = pairKey(scheme, head.concept, tail.concept);
    const relation = known.get(key);
    if (relation !== undefined) pairs.push({ head: head.name, tail: tail.name, relation, key, known: true });
  }
  return pairs;
}

/** Pairs with mentions in one sentence. @param document of one passage, the one that `content` was built from */
export function sentencePairs(
  scheme: RelationScheme,
  concepts: readonly NamedConcept[],
  { known }: Pick<DistantDictionary, "known">,
  text: string,
  content: Content,
): LabelledPair[] {
  const relation = scheme.relations[0]!;
  const ends = splitSentences(text).map(({ end }) => end); // of the original: the rules need its capitals
  const sentencesOf = new Map(
    concepts.map((concept) => {
      const original = concept.starts.map((start) => content.toOriginal(start)!.offset);
      return [concept, new Set(original.map((offset) => ends.findIndex((end) => offset < end)))] as const;
    }),
  );
  const pairs: LabelledPair[] = [];
  for (const [head, tail] of conceptPairs(scheme, concepts)) {
    const others = sentencesOf.get(tail)!;
    if (![...sentencesOf.get(head)!].some((sentence) => others.has(sentence))) continue;
    const key = pairKey(scheme, head.concept, tail.concept);
    pairs.push({ head: head.name, tail: tail.name, relation, key, known: known.has(key) });
  }
  return pairs;
}

/** "the chemicals are a, b and c; the diseases are d and e." in the order of the text; a type without names is left out. */
export function mentionTarget(scheme: RelationScheme, named: readonly Pick<NamedConcept, "role" | "name">[]): string {
  const clauses = (["head", "tail"] as const).flatMap((role) => {
    const names = [...new Set(named.filter((one) => one.role === role).map(({ name }) => name))];
    if (names.length === 0) return [];
    const type = (role === "head" ? scheme.headType : scheme.tailType).toLowerCase();
    const list = names.length === 1 ? names[0]! : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
    return [`the ${type}s are ${list}`];
  });
  return clauses.length === 0 ? "" : `${clauses.join("; ")}.`;
}

/** What the gold of a training example names and its source holds as whole words, each concept by its longest mention. */
export function goldConcepts(
  scheme: RelationScheme,
  { source, gold }: Pick<TaskExample<GoldRelations>, "source" | "gold">,
): NamedConcept[] {
  const forms = namedIn(scheme, gold).map((named) => [named.form, { ...named, abbreviation: false }] as const);
  return namedConcepts(new DictionaryMatcher(forms).find(source));
}

/** Whether there is anything to relate: a head and a tail, or two of a symmetric scheme. */
export function namesBoth(scheme: RelationScheme, concepts: readonly NamedConcept[]): boolean {
  return conceptPairs(scheme, concepts).next().done !== true;
}

function conceptKey({ role, concept }: DictionaryForm): string {
  return `${role} ${concept}`;
}
