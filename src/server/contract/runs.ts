/** Wire types of trainings: which there are, and how their loss went. */
import { z } from "zod";

export interface WireRun {
  /** Its folder, below the one that is served. */
  readonly name: string;
  /** ISO 8601: when its log was last written. */
  readonly changed: string;
}

export interface RunList {
  /** The one that changed last first. */
  readonly runs: readonly WireRun[];
}

export interface RunCurve {
  readonly name: string;
  /** Means of equal stretches of updates, at most 500, nats a token. */
  readonly updates: readonly { readonly step: number; readonly loss: number; readonly learningRate: number }[];
  readonly evaluations: readonly { readonly step: number; readonly loss: number }[];
}

export interface RunCurveQuery {
  readonly run: string;
}

export const runCurveQuery: { readonly run: z.ZodType<string> } = { run: z.string().min(1).max(500) };

export const runList: z.ZodType<RunList> = z.object({
  runs: z.array(z.object({ name: z.string(), changed: z.string() })),
});

const point = { step: z.number(), loss: z.number() };
export const runCurve: z.ZodType<RunCurve> = z.object({
  name: z.string(),
  updates: z.array(z.object({ ...point, learningRate: z.number() })),
  evaluations: z.array(z.object(point)),
});
