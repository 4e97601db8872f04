/**
 * Relations taken apart, matched as the official scorers match: BC5CDR by MeSH ids through the split's mentions, DDI and KD-DTI by wording
 * in either of hard match's two views. A pair said twice counts once. Left out: the lossless lookup's second way of parting
 * "A and B and C", so a few of its right pairs stand here as wrong.
 */
import type { TaskData } from "../../tasks/build-examples.ts";
import type { GoldRelation, GoldRelations, TaskExample } from "../../tasks/example.ts";
import { schemeOfData } from "../../tasks/registry.ts";
import { anchorArgument, comparisonKey } from "../../tasks/relation-extraction/anchor.ts";
import type { PassageSpan } from "../../tasks/relation-extraction/content.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import type { RelationTriple } from "../../tasks/relation-extraction/templates.ts";
import type { Judged } from "../calibration/calibration.ts";
import type { EvaluatedExample, TaskReport } from "../evaluated-task.ts";
import { oneWay } from "../one-way.ts";
import { normalizeName } from "../scorers/hard-match.ts";
import { type Examination, type Examined, type ExaminedStatement, together } from "./examination.ts";

/** Answers to a relation task. */
export function examineRelationsOf(
  data: TaskData,
  report: Pick<TaskReport, "split" | "setting">,
): (example: EvaluatedExample) => Examined {
  return examineRelations(schemeOfData(data)!, matchOf(data, report));
}

/** The same for relations of the user's own, matched as `evaluateOwnRelations` does: of a symmetric scheme either way round. */
export function examineOwn(
  scheme: RelationScheme,
  { examples }: { readonly examples: readonly EvaluatedExample[] },
): Examination {
  const said: Match["said"] = (triple) => wordingMatch.said(oneWay(triple, scheme));
  return together(examples.map(examineRelations(scheme, () => ({ said, gold: said }))), undefined);
}

/** How the task's official scorer compares, for each example. */
function matchOf(
  data: TaskData,
  { split, setting }: Pick<TaskReport, "split" | "setting">,
): (example: TaskExample) => Match {
  const all = data.splits[split] ?? [];
  const byConcept = all.some(({ gold }) => (gold as GoldRelations).mentions !== undefined);
  const lossless = setting.includes("lossless lookup");
  const shared = byConcept && !lossless ? conceptMatch(all, (mention) => mention) : wordingMatch;
  return (example) => (byConcept && lossless ? conceptMatch([example], comparisonKey) : shared);
}

function examineRelations(
  scheme: RelationScheme,
  matchFor: (example: TaskExample) => Match,
): (example: EvaluatedExample) => Examined {
  return ({ example, output, read, statements: said }) => {
    const match = matchFor(example);
    const content = scheme.content(example.document);
    const place = (argument: string): PassageSpan[] => anchorArgument(argument, example.document, content);
    const golds = unique((example.gold as GoldRelations).relations, (relation) => match.gold(relation).join());
    const probabilities = new Map<string, number>();
    const weighed = new Map<string, RelationTriple>();
    for (const { text, probability } of said ?? []) {
      for (const triple of scheme.template.parse(text)) {
        const key = match.said(triple).join();
        weighed.set(key, triple);
        probabilities.set(key, Math.max(probability, probabilities.get(key) ?? 0));
      }
    }
    // Relations that were weighed and not kept count for the curve as well: it is what other thresholds would have given.
    const judgedAside = (kept: readonly RelationTriple[]): Judged[] => {
      const keys = new Set(kept.map((triple) => match.said(triple).join()));
      return [...weighed].flatMap(([key, triple]) =>
        keys.has(key) ? [] : [{ probability: probabilities.get(key)!, correct: isGold(triple) !== undefined }],
      );
    };
    const triples = unique((read ?? []) as readonly RelationTriple[], (triple) => match.said(triple).join());
    const found = new Set<GoldRelation>();
    const isGold = (triple: RelationTriple): GoldRelation | undefined =>
      golds.find((relation) => match.gold(relation).some((key) => match.said(triple).includes(key)));
    const statements = triples.map((triple): ExaminedStatement => {
      const { head, tail, relation } = triple;
      const [heads, tails] = [place(head), place(tail)];
      const right = isGold(triple);
      if (right !== undefined) found.add(right);
      const other = golds.some((candidate) => isGold({ head, tail, relation: candidate.relation }) !== undefined);
      const swapped = isGold({ head: tail, tail: head, relation }) !== undefined;
      const wrong = other ? "relation" : swapped ? "swapped" : "spurious";
      const kind = right !== undefined ? "right" : heads.length === 0 || tails.length === 0 ? "invented" : wrong;
      const probability = probabilities.get(match.said(triple).join());
      const text = `${head} – ${tail}: ${relation}`;
      return { kind, text, heads, tails, ...(probability === undefined ? {} : { probability }) };
    });
    const missed = golds
      .filter((relation) => !found.has(relation))
      .map(({ head, tail, relation, headId, tailId }): ExaminedStatement => {
        const [first, second] = [head || headId || "?", tail || tailId || "?"];
        return { kind: "missed", text: `${first} – ${second}: ${relation}`, heads: place(head), tails: place(tail) };
      });
    return {
      id: example.id,
      passages: example.document.passages,
      output,
      statements: [...statements, ...missed],
      judged: [...judgedOf(statements), ...judgedAside(triples)],
      gold: golds.length,
    };
  };
}

function judgedOf(statements: readonly ExaminedStatement[]): Judged[] {
  return statements.flatMap(({ kind, probability }) =>
    probability === undefined ? [] : [{ probability, correct: kind === "right" }],
  );
}

/** Keys under which a relation is the same as another: one shared key is enough. */
interface Match {
  said(triple: RelationTriple): readonly string[];
  gold(relation: GoldRelation): readonly string[];
}

const wordingMatch: Match = {
  said: ({ head, tail, relation }) => {
    const bare = [head, tail, relation].map((text) => text.trim().toLowerCase().replaceAll(" ", ""));
    const viewed = (view: (text: string) => string): string =>
      JSON.stringify(bare.map((text) => normalizeName(view(text))));
    const parts = (text: string): [name: string, abbreviation: string] => {
      const open = text.lastIndexOf("(");
      return open >= 0 && text.endsWith(")") ? [text.slice(0, open), text.slice(open + 1, -1)] : [text, text];
    };
    return [...new Set([viewed((text) => parts(text)[0]), viewed((text) => parts(text)[1])])];
  },
  gold: (relation) => wordingMatch.said(relation),
};

/** Strings to ids as in the published lookup: mentions of the whole split, a later document's id winning. */
function conceptMatch(split: readonly TaskExample[], key: (mention: string) => string): Match {
  const chemicals = new Map<string, string>();
  const diseases = new Map<string, string>();
  for (const { gold } of split) {
    const { mentions } = gold as GoldRelations;
    for (const [mention, id] of mentions?.chemicals ?? []) chemicals.set(key(mention), id);
    for (const [mention, id] of mentions?.diseases ?? []) diseases.set(key(mention), id);
  }
  const idOf = (ids: ReadonlyMap<string, string>, mention: string): string => {
    const id = ids.get(key(mention)) ?? "-1";
    return id === "-1" || id === "" ? "no id" : id;
  };
  // What has no id equals nothing in the gold; the official scorer counts such pairs once for each other member.
  return {
    said: ({ head, tail }) => [JSON.stringify([idOf(chemicals, head), idOf(diseases, tail)])],
    gold: ({ headId = "", tailId = "" }) => [JSON.stringify([headId, tailId])],
  };
}

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
