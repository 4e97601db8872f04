/** Wire types of long work: a job is made, looked at, followed and stopped; it outlives the server that began it. */
import { z } from "zod";
import {
  type EntitiesSettings,
  entitiesSettings,
  MOST_JOB_DOCUMENTS,
  type RelationsSettings,
  relationsSettings,
  type WireDocument,
  wireDocument,
} from "./mining.ts";

export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled";

export type JobRequest =
  | ({ readonly kind: "relations"; readonly documents: readonly WireDocument[] } & RelationsSettings)
  | ({ readonly kind: "entities"; readonly documents: readonly WireDocument[] } & EntitiesSettings);

export interface WireJob {
  readonly id: string;
  readonly kind: JobRequest["kind"];
  readonly state: JobState;
  /** ISO 8601, of its making and of its end. */
  readonly created: string;
  readonly ended?: string | undefined;
  readonly documents: number;
  /** Documents that are done; after a restart those before it count too. */
  readonly done: number;
  /** Documents that were left out because of an error. */
  readonly problems: number;
  /** Documents a second; 0 while not running. */
  readonly rate: number;
  readonly secondsLeft?: number | undefined;
  readonly error?: { readonly code: string; readonly what: string } | undefined;
}

export interface JobList {
  readonly jobs: readonly WireJob[];
}

const documents = z.array(wireDocument).min(1).max(MOST_JOB_DOCUMENTS);

export const jobRequest: z.ZodType<JobRequest> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("relations"), documents, ...relationsSettings }),
  z.strictObject({ kind: z.literal("entities"), documents, ...entitiesSettings }),
]);

export const wireJob: z.ZodType<WireJob> = z.object({
  id: z.string(),
  kind: z.enum(["relations", "entities"]),
  state: z.enum(["waiting", "running", "done", "failed", "cancelled"]),
  created: z.string(),
  ended: z.string().optional(),
  documents: z.number(),
  done: z.number(),
  problems: z.number(),
  rate: z.number(),
  secondsLeft: z.number().optional(),
  error: z.object({ code: z.string(), what: z.string() }).optional(),
});

export const jobList: z.ZodType<JobList> = z.object({ jobs: z.array(wireJob) });
