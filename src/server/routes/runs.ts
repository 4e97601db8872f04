/** `/v1/runs`: trainings below the folder that is served, to be looked at. */
import { runCurve, runCurveQuery, runList } from "../contract/runs.ts";
import type { RunCurveQuery } from "../contract.ts";
import { json, type Route, route } from "../route.ts";
import type { RunFolders } from "../run-folders.ts";

export function runRoutes(runs: RunFolders): Route[] {
  return [
    route({
      method: "get",
      path: "/v1/runs",
      tag: "runs",
      summary: "Trainings, the one that changed last first",
      answers: { 200: { description: "The runs.", schema: runList } },
      handle: async () => json({ runs: await runs.list() }),
    }),
    route<unknown, RunCurveQuery>({
      method: "get",
      path: "/v1/runs/curve",
      tag: "runs",
      summary: "How the loss of a training went",
      query: runCurveQuery,
      answers: { 200: { description: "Updates and evaluations.", schema: runCurve } },
      handle: async ({ query, signal }) => json(await runs.curve(query.run, signal)),
    }),
  ];
}
