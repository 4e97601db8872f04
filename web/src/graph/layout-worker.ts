/** ForceAtlas2 beside the page: gets a graph as numbers, and sends the nodes' places whenever the page has drawn those before and asks for more. */
import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";

export interface LayoutTask {
  /** x and y of each node. */
  readonly places: Float32Array;
  /** Two nodes of each edge. */
  readonly ends: Uint32Array;
  /** How long, milliseconds. */
  readonly time: number;
}

const FEW = 60;
/** After so many the picture moves no more. */
const MOST_ROUNDS = 600;

let isWanted = false;

addEventListener("message", ({ data }: MessageEvent<LayoutTask | "more">) => {
  if (data === "more") isWanted = true;
  else void layOut(data);
});

async function layOut({ places, ends, time }: LayoutTask): Promise<void> {
  const graph = new Graph({ type: "undirected" });
  for (let i = 0; i < places.length / 2; i++) graph.addNode(i, { x: places[2 * i], y: places[2 * i + 1] });
  for (let i = 0; i < ends.length; i += 2) if (ends[i] !== ends[i + 1]) graph.mergeEdge(ends[i], ends[i + 1]); // several relations of two concepts pull as one
  const settings = {
    ...forceAtlas2.inferSettings(graph),
    barnesHutOptimize: graph.order > 500,
    // Parts that nothing joins would leave the picture else.
    strongGravityMode: graph.order < 500,
    // A few pairs would else lie so far from each other that in each of them one name covers the other.
    ...(graph.order < FEW ? { gravity: 0.5 } : {}),
  };
  const began = performance.now();
  const rounds = graph.order > 2000 ? 2 : 10;
  for (let round = 0; round < MOST_ROUNDS && performance.now() - began < time; round += rounds) {
    forceAtlas2.assign(graph, { iterations: rounds, settings });
    await new Promise((resolve) => setTimeout(resolve)); // the page's message may come in
    if (!isWanted) continue;
    isWanted = false;
    tell(graph, false);
  }
  tell(graph, true);
}

function tell(graph: Graph, isLast: boolean): void {
  const places = new Float32Array(2 * graph.order);
  graph.forEachNode((id, { x, y }) => {
    places[2 * Number(id)] = x as number;
    places[2 * Number(id) + 1] = y as number;
  });
  postMessage({ places, isLast });
}
