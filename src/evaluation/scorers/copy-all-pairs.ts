/**
 * `copy-all-pairs`, the trivial system of relation tasks: every head name of the training targets found in the text with every tail name
 * found in it, under the training set's most frequent label; DDI's drugs are paired in the order of the text.
 */
import type { TaskData } from "../../tasks/build-examples.ts";
import type { GoldRelations, TaskExample } from "../../tasks/example.ts";
import { anchorArgument, comparisonKey } from "../../tasks/relation-extraction/anchor.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import type { Predict } from "../evaluated-task.ts";

/** Pairs of one document beyond this are cut: a list of fifty drugs has 2,450. */
const MAX_PAIRS = 400;

export function copyAllPairs(scheme: RelationScheme, data: TaskData): Predict {
  const seen = data.splits.train ?? data.splits.valid ?? [];
  const gold = seen
    .flatMap((example) => (example.gold as GoldRelations).relations)
    .filter(({ head, tail }) => head !== "" && tail !== "");
  const heads = keyed(gold.flatMap(({ head, tail }) => (scheme.symmetric ? [head, tail] : [head])));
  const tails = scheme.symmetric ? heads : keyed(gold.map(({ tail }) => tail));
  const relation = mostFrequent(gold.map((triple) => triple.relation)) ?? scheme.relations[0]!;
  return ({ document }: TaskExample) => {
    const content = scheme.content(document);
    const text = comparisonKey(content.text);
    const found = (names: readonly KeyedName[]): string[] =>
      names
        .filter(({ key }) => text.includes(key)) // a thousand names, few of which are there
        .map(({ name }) => ({ name, at: anchorArgument(name, document, content)[0] }))
        .filter(({ at }) => at !== undefined)
        .sort((a, b) => a.at!.passage - b.at!.passage || a.at!.start - b.at!.start)
        .map(({ name }) => name);
    const [headNames, tailNames] = [found(heads), found(tails)];
    const pairs = headNames.flatMap((head, at) =>
      (scheme.symmetric ? tailNames.slice(at + 1) : tailNames)
        .filter((tail) => tail !== head)
        .map((tail) => ({ head, tail, relation })),
    );
    return scheme.template.render(pairs.slice(0, MAX_PAIRS));
  };
}

interface KeyedName {
  readonly name: string;
  readonly key: string;
}

/** Each name once. */
function keyed(names: readonly string[]): KeyedName[] {
  return [...new Set(names)].map((name) => ({ name, key: comparisonKey(name) }));
}

function mostFrequent(items: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
