/** Wire types of what a server was started with, which says what a page can offer. */
import { z } from "zod";

export interface ServerFacts {
  /** Of this package. */
  readonly version: string;
  /** Whether `/pubmed/{ids}` may fetch articles (`--allow-network`). */
  readonly network: boolean;
  /** Whether there are jobs (`--data-dir`). */
  readonly jobs: boolean;
  /** Whether there is a graph (`--graph`). */
  readonly graph: boolean;
  /** Whether trainings are shown (`--runs`). */
  readonly runs: boolean;
}

export const serverFacts: z.ZodType<ServerFacts> = z.object({
  version: z.string(),
  network: z.boolean(),
  jobs: z.boolean(),
  graph: z.boolean(),
  runs: z.boolean(),
});
