/**
 * Relation corpora as examples: source, target sentence, gold.
 *
 * Follows the `rebuild_data.py` files of microsoft/BioGPT. BC5CDR's relations stay in file order, each id written as its
 * longest mention in the document (the first of equals). DDI's and KD-DTI's are sorted by where the drug stands in the
 * text; the originals search the lower-cased text for the drug with its case, so every capitalised name counts as absent
 * and comes first: order "parity" repeats that, order "appearance" does not. `reordered` is ours: what is learnt from
 * relations in any order is to begin with any of them.
 */
import type { Random } from "../../base/random.ts";
import type { Document } from "../../corpora/document.ts";
import type { ChemicalDiseaseDocument } from "../../corpora/tasks/bc5cdr.ts";
import type { InteractionTriple } from "../../corpora/tasks/ddi.ts";
import type { GoldRelation, GoldRelations, TaskExample } from "../example.ts";
import { CHEMICAL_INDUCED_DISEASE, type RelationScheme } from "./schemes.ts";
import type { RelationTemplate } from "./templates.ts";

export type RelationOrder = "parity" | "appearance";

export interface RelationExampleOptions {
  /** Default: the scheme's own. */
  readonly template?: RelationTemplate;
  /** Default "parity". Has no effect on BC5CDR with "parity". */
  readonly order?: RelationOrder;
}

export function chemicalDiseaseExample(
  record: ChemicalDiseaseDocument,
  source: string,
  scheme: RelationScheme,
  { template = scheme.template, order = "parity" }: RelationExampleOptions = {},
): TaskExample<GoldRelations> {
  const document: Document = {
    id: record.id,
    source,
    passages: [
      { kind: "title", text: record.title },
      { kind: "abstract", text: record.abstract },
    ],
  };
  const chemicals = longestMentions(record.chemicals);
  const diseases = longestMentions(record.diseases);
  const content = scheme.content(document).text;
  const relations = record.relations.map(({ chemical, disease }) => ({
    head: chemicals.get(chemical) ?? "",
    tail: diseases.get(disease) ?? "",
    relation: CHEMICAL_INDUCED_DISEASE,
    headId: chemical,
    tailId: disease,
  }));
  const named = relations.filter(({ head, tail }) => head !== "" && tail !== "");
  const written = order === "parity" ? named : sortedBy(named, ({ head }) => content.indexOf(head));
  return {
    id: record.id,
    source: content,
    target: template.render(written),
    document,
    gold: {
      kind: "relations",
      relations,
      named: true,
      mentions: { chemicals: [...record.chemicals], diseases: [...record.diseases] },
    },
  };
}

export interface InteractionRecord {
  readonly document: Document;
  readonly triples: readonly InteractionTriple[];
  readonly named: boolean;
}

/** DDI and KD-DTI. */
export function interactionExample(
  { document, triples, named }: InteractionRecord,
  scheme: RelationScheme,
  { template = scheme.template, order = "parity" }: RelationExampleOptions = {},
): TaskExample<GoldRelations> {
  const content = scheme.content(document).text;
  const sought = (drug: string): string => (order === "parity" ? drug : drug.toLowerCase());
  const sorted = sortedBy(triples, ({ drug }) => content.indexOf(sought(drug)));
  const relations = (list: readonly InteractionTriple[]): GoldRelation[] =>
    list.map(({ drug, target, interaction, sentences }) => ({
      head: drug.toLowerCase(),
      tail: target.toLowerCase(),
      relation: interaction.toLowerCase(),
      ...(sentences === undefined ? {} : { sentences }),
    }));
  return {
    id: document.id,
    source: content,
    target: template.render(relations(sorted)),
    document,
    gold: { kind: "relations", relations: relations(triples), named },
  };
}

/**
 * The example `times` over (at least 1), its relations in another random order each time; each of n comes first in every n-th.
 */
export function reordered(
  example: TaskExample<GoldRelations>,
  template: RelationTemplate,
  { times, random }: { readonly times: number; readonly random: Random },
): TaskExample<GoldRelations>[] {
  const isWritten = ({ head, tail }: GoldRelation): boolean => head !== "" && tail !== "";
  const written = example.gold.relations.filter(isWritten);
  const unwritten = example.gold.relations.filter((relation) => !isWritten(relation));
  if (written.length === 0) return new Array(times).fill(example);
  const firsts: number[] = [];
  return Array.from({ length: times }, () => {
    if (firsts.length === 0) {
      firsts.push(...written.keys());
      random.shuffle(firsts);
    }
    const first = firsts.pop()!;
    const others = written.filter((_, at) => at !== first);
    random.shuffle(others);
    const relations = [written[first]!, ...others];
    const gold = { ...example.gold, relations: [...relations, ...unwritten] };
    return { ...example, target: template.render(relations), gold };
  });
}

/** id → its longest mention; of equally long ones the first. */
function longestMentions(mentions: ReadonlyMap<string, string>): Map<string, string> {
  const longest = new Map<string, string>();
  for (const [mention, id] of mentions) {
    if (mention.length > (longest.get(id)?.length ?? -1)) longest.set(id, mention);
  }
  return longest;
}

function sortedBy<T>(items: readonly T[], place: (item: T) => number): T[] {
  return [...items].sort((a, b) => place(a) - place(b)); // stable, as Python's
}
