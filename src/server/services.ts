/** What the routes share: models, queues, figures, jobs. */

import type { Turnstile } from "../base/turnstile.ts";
import type { Turn } from "./admission.ts";
import type { WireError } from "./contract.ts";
import { errorAnswer } from "./errors.ts";
import type { JobRunner } from "./jobs/job-runner.ts";
import type { Metrics } from "./metrics.ts";
import type { RouteRequest } from "./route.ts";
import type { ServedGraph } from "./served-graph.ts";
import type { ServedModel, ServedModels } from "./served-models.ts";
import { begun, eventStream } from "./server-sent-events.ts";

export class Services {
  readonly models: ServedModels;
  readonly metrics: Metrics;
  /** Passed by each request and each piece of an answer, so that many at once do not hold the event loop. */
  readonly turnstile: Turnstile;
  /** Undefined where the server has no folder for them. */
  readonly jobs: JobRunner | undefined;
  /** Undefined where none is served. */
  readonly graph: ServedGraph | undefined;

  constructor(parts: Pick<Services, "models" | "metrics" | "turnstile" | "jobs" | "graph">) {
    this.models = parts.models;
    this.metrics = parts.metrics;
    this.turnstile = parts.turnstile;
    this.jobs = parts.jobs;
    this.graph = parts.graph;
  }

  /**
   * Waits for a request's turn at a model; dispose the turn when its answer is over.
   *
   * @param cost sequences that it decodes at once
   * @throws BusyError `server/busy`; BiogptError `aborted`
   */
  async enter(
    served: ServedModel,
    what: "generation" | "documents",
    request: RouteRequest,
    cost = 1,
  ): Promise<{ readonly turn: Turn; readonly began: number }> {
    const began = performance.now();
    const turn = await served[what].enter(request.client, cost, request.signal);
    this.metrics.queued.observe({ model: served.name }, turn.waited / 1000);
    request.note({ model: served.name });
    return { turn, began };
  }

  /** Streams events; the turn is given back at their end. @throws what the first event fails with, while the status can still say it */
  async stream(events: AsyncGenerator<unknown, void, void>, turn: Turn, request: RouteRequest): Promise<Response> {
    try {
      const started = await begun(events);
      return eventStream(started, { failed: this.failed(request), closed: () => turn[Symbol.dispose]() });
    } catch (error) {
      turn[Symbol.dispose]();
      throw error;
    }
  }

  /** What a stream's last event says where it fails, after the log has it. */
  failed({ id, log }: RouteRequest): (error: unknown) => WireError {
    return (thrown) => {
      const { body, error, status } = errorAnswer(thrown, id);
      if (status >= 500) log.error({ err: error }, "a stream failed");
      return body;
    };
  }
}
