/** The views of a graph: to look around in it, and what stands behind one relation. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { GraphStatsResponse } from "../../../src/server/contract.ts";
import { get, Refused } from "../api.ts";
import { usePlace } from "../navigation.tsx";
import { Failure } from "../parts.tsx";
import { AssociationPage } from "./association.tsx";
import { Explorer } from "./explorer.tsx";
import { questionOf } from "./question.ts";

export function GraphViews(): ComponentChildren {
  const { path, query } = usePlace();
  const [statistics, setStatistics] = useState<GraphStatsResponse>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useLayoutEffect(() => {
    get<GraphStatsResponse>("/v1/graph/stats").then(
      (found) => {
        setStatistics(found);
        setError(undefined);
      },
      (thrown) => setError(thrown),
    );
  }, [round]);
  if (error instanceof Refused && error.status === 404) {
    return (
      <>
        <h1>Knowledge graph</h1>
        <p class="panel">
          This server has no graph. Make one with <code>biogpt mine</code>, and start the server with it:{" "}
          <code>biogpt serve --graph kg</code>
        </p>
      </>
    );
  }
  return (
    <>
      {path === "/association" ? null : <h1>Knowledge graph</h1>}
      <Failure error={error} retry={() => setRound(round + 1)} />
      {path !== "/association" ? (
        error === undefined ? (
          <Explorer question={questionOf(query)} statistics={statistics} />
        ) : null
      ) : statistics === undefined ? (
        <p role="status">{error === undefined ? "Asking the graph…" : ""}</p>
      ) : (
        <AssociationPage query={query} statistics={statistics} />
      )}
    </>
  );
}
