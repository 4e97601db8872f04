/**
 * How relations are written as sentences and read back: the target forms of microsoft/BioGPT's relation tasks.
 *
 * | form   | chemical-disease                             | drug-target, drug-drug                      |
 * |--------|----------------------------------------------|---------------------------------------------|
 * | rel-is | the relation between C and D exists          | the interaction between D and T is R        |
 * | svo    | C correlates with D                          | D inhibits T                                |
 * | is-of  |                                              | D is the R of T                             |
 * | htr    |                                              | <h> D <t> T <r> R                           |
 * | 2type  |                                              | D and T are R (drug-drug only)              |
 *
 * rel-is is what the released recipes use. Sentences are joined by "; " and closed by "."; htr stands without joiner.
 * Reading is greedy as upstream's patterns are: of several " and " the last one that fits splits the arguments.
 */
import { answerOf, BC5CDR_HARD_PROMPTS } from "../answer.ts";
import { strip } from "../python-text.ts";

/** One relation as strings. `relation` is a label of the scheme. */
export interface RelationTriple {
  readonly head: string;
  readonly tail: string;
  readonly relation: string;
}

export interface RelationTemplate {
  readonly name: TemplateName;
  /** The sentence's fixed words, for forms that grounded decoding knows: before, head, between, tail, after, and a label or none. */
  readonly words?: {
    readonly before: string;
    readonly between: string;
    readonly after: string;
    readonly labelled: boolean;
  };
  /** The target text; the empty string for no relations. */
  render(relations: readonly RelationTriple[]): string;
  /** The relations of a generated answer, in order, repetitions kept; sentences of another shape are left out. */
  parse(text: string): RelationTriple[];
}

export type TemplateName = "rel-is" | "svo" | "is-of" | "htr" | "2type";

interface Sentences {
  readonly words?: NonNullable<RelationTemplate["words"]>;
  readonly prompts?: readonly string[];
  readonly separator: string;
  sentence(relation: RelationTriple): string;
  read(sentence: string): RelationTriple | undefined;
}

function joined(name: TemplateName, { words, prompts, separator, sentence, read }: Sentences): RelationTemplate {
  return {
    name,
    ...(words === undefined ? {} : { words }),
    render: (relations) => (relations.length === 0 ? "" : `${relations.map(sentence).join("; ")}.`),
    parse: (text) =>
      answerOf(text, prompts)
        .split(separator)
        .map((part) => read(strip(part)))
        .filter((relation) => relation !== undefined),
  };
}

function reader(pattern: RegExp, relation?: string): (sentence: string) => RelationTriple | undefined {
  return (sentence) => {
    const { head, tail, label } = pattern.exec(sentence)?.groups ?? {};
    if (head === undefined || tail === undefined) return undefined;
    return { head: strip(head), tail: strip(tail), relation: relation ?? strip(label!) };
  };
}

/** BC5CDR. Upstream splits at ";" and trims, so a chemical with a semicolon in its name is lost there and here. */
export function chemicalDiseaseTemplates(label: string): Readonly<Record<"rel-is" | "svo", RelationTemplate>> {
  return {
    "rel-is": joined("rel-is", {
      words: { before: "the relation between", between: "and", after: "exists", labelled: false },
      prompts: BC5CDR_HARD_PROMPTS,
      separator: ";",
      sentence: ({ head, tail }) => `the relation between ${head} and ${tail} exists`,
      read: reader(/^the relation between (?<head>.*) and (?<tail>.*) exists/, label),
    }),
    svo: joined("svo", {
      prompts: BC5CDR_HARD_PROMPTS,
      separator: ";",
      sentence: ({ head, tail }) => `${head} correlates with ${tail}`,
      read: reader(/^(?<head>.*) correlates with (?<tail>.*)/, label),
    }),
  };
}

/** KD-DTI and DDI; upstream splits at "; ". */
export function interactionTemplates(
  labels: readonly string[],
): Readonly<Record<"rel-is" | "svo" | "is-of" | "htr" | "2type", RelationTemplate>> {
  // Labels that share a verb (binding and bind, other and other/unknown) are read back as the first of them.
  const labelOf = new Map([...labels].reverse().map((label) => [verbOf(label), label]));
  const verbs = [...labelOf].sort(([a], [b]) => b.length - a.length); // " weakly inhibits " before " inhibits "
  const withOf = labels.filter((label) => / of(?: |$)/.test(label)); // "product of": its own "of" is not the template's
  const isOf = new RegExp(`^(?<head>.*) is the (?<label>${[...withOf, ".*?"].join("|")}) of (?<tail>.*)`);
  return {
    "rel-is": joined("rel-is", {
      words: { before: "the interaction between", between: "and", after: "is", labelled: true },
      separator: "; ",
      sentence: ({ head, tail, relation }) => `the interaction between ${head} and ${tail} is ${relation}`,
      read: reader(/^the interaction between (?<head>.*) and (?<tail>.*) is (?<label>.*)/),
    }),
    "is-of": joined("is-of", {
      separator: "; ",
      sentence: ({ head, tail, relation }) => `${head} is the ${relation} of ${tail}`,
      read: reader(isOf),
    }),
    svo: joined("svo", {
      separator: "; ",
      sentence: ({ head, tail, relation }) => `${head} ${verbOf(relation)} ${tail}`,
      read: (sentence) => {
        for (const [verb, relation] of verbs) {
          const at = sentence.indexOf(` ${verb} `);
          if (at > 0) return { head: sentence.slice(0, at), tail: sentence.slice(at + verb.length + 2), relation };
        }
        return undefined;
      },
    }),
    "2type": joined("2type", {
      separator: "; ",
      sentence: ({ head, tail, relation }) => `${head} and ${tail} are ${relation}`,
      read: reader(/^(?<head>.*) and (?<tail>.*) are (?<label>.*)/),
    }),
    htr: {
      name: "htr",
      render: (relations) =>
        relations.length === 0
          ? ""
          : `${relations.map(({ head, tail, relation }) => `<h> ${head} <t> ${tail} <r> ${relation}`).join(" ")}.`,
      parse: (text) =>
        answerOf(text)
          .split(/< ?h ?>/) // Moses sets the brackets apart, and its detokenizer leaves them so
          .map((part) => reader(/^(?<head>.*?) ?< ?t ?> ?(?<tail>.*?) ?< ?r ?> ?(?<label>.*)$/)(strip(part)))
          .filter((relation) => relation !== undefined),
    },
  };
}

const VERBS: Readonly<Record<string, string>> = {
  "product of": "is the product of",
  "negative modulator": "negatively modulates",
  other: "randomly works with",
  "other/unknown": "randomly works with",
  "incorporation into and destabilization": "incorporates into and destabilizates", // sic, as upstream spells it
  "cross-linking/alkylation": "cross lines / alkylates", //                            sic
  antibody: "is the antibody of",
  downregulator: "downregulates",
  "desensitize the target": "desensitizes",
  protector: "protects",
  inhibitor: "inhibits",
  "weak inhibitor": "weakly inhibits",
  blocker: "blocks",
};

/** The verb that a label becomes in the svo form: upstream's table, then its rules for endings. */
export function verbOf(label: string): string {
  const known = VERBS[label];
  if (known !== undefined) return known;
  if (/(?:agonist|antagonist)$/.test(label)) return `${label}s`;
  if (/(?:or|er)$/.test(label)) return `${label.slice(0, -2)}es`;
  if (label.endsWith("tion")) return `${label.slice(0, -3)}es`;
  if (label.endsWith("ing")) return `${label.slice(0, -3)}s`;
  return `${label}s`;
}
