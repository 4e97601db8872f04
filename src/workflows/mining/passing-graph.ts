/** A graph for one question: mined into a folder of its own, which is gone when the answer is there. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Relation } from "../../knowledge-graph/query/answers.ts";
import { evidence, type RelationFilter, strongestRelations } from "../../knowledge-graph/query/relations.ts";
import { openGraph } from "../../knowledge-graph/store/open-graph.ts";
import type { DocumentInput } from "../documents.ts";
import type { WorkflowContext } from "../workflow.ts";
import { mineLiterature, type ReadingSettings } from "./mine-literature.ts";

export interface StatedRelation extends Relation {
  /** The most probable sentence that states it. */
  readonly sentence: string;
}

/**
 * The strongest relations of a few documents taken together, each with its sentence.
 *
 * @throws BiogptError as `mineLiterature`
 */
export async function strongestOf(
  input: DocumentInput,
  { limit, threshold, ...reading }: ReadingSettings & Pick<RelationFilter, "limit" | "threshold">,
  { signal }: Pick<WorkflowContext, "signal"> = {},
): Promise<StatedRelation[]> {
  const folder = await mkdtemp(join(tmpdir(), "biogpt-graph-"));
  try {
    await mineLiterature(input, { ...reading, out: folder }, { signal });
    using graph = await openGraph(folder, { signal });
    const stated: StatedRelation[] = [];
    for (const relation of await strongestRelations(graph, { limit, threshold, signal })) {
      const { head, tail, relation: type } = relation;
      const [best] = await evidence(graph, { id: head }, { id: tail }, { relations: [type], limit: 1, signal });
      stated.push({ ...relation, sentence: best?.sentence ?? "" });
    }
    return stated;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
