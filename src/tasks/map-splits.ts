/** The items of each split made into examples, in the order of training, validation and test. */
import { SPLITS, type SplitName } from "../corpora/tasks/task-files.ts";
import type { TaskExample } from "./example.ts";

export function mapSplits<Item>(
  splits: Readonly<Partial<Record<SplitName, readonly Item[]>>>,
  build: (item: Item) => TaskExample,
): Partial<Record<SplitName, TaskExample[]>> {
  const built: Partial<Record<SplitName, TaskExample[]>> = {};
  for (const split of SPLITS) {
    const items = splits[split];
    if (items !== undefined) built[split] = items.map(build);
  }
  return built;
}
