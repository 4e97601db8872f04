/** `/v1/jobs`: long work that outlives the connection and the server. */
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { unusable } from "../continuations.ts";
import { jobList, jobRequest, wireJob } from "../contract/jobs.ts";
import type { JobRequest } from "../contract.ts";
import type { JobRunner } from "../jobs/job-runner.ts";
import { json, type Route, type RouteRequest, route, streamed } from "../route.ts";

/** Milliseconds between two looks at a job that is followed. */
const LOOK_EVERY = 500;
const PIECE = 1 << 16;
const LONGEST_KEY = 200;

export function jobRoutes(jobs: JobRunner): Route[] {
  const one = { 200: { description: "The job.", schema: wireJob } };
  return [
    route<JobRequest>({
      method: "post",
      path: "/v1/jobs",
      tag: "jobs",
      summary: "Begin a job; with the header Idempotency-Key one that is sent twice is one job",
      body: jobRequest,
      mostBytes: 16 << 20,
      answers: { ...one, 202: { description: "The new job.", schema: wireJob } },
      async handle({ body, headers, client, keyName }) {
        const { job, isNew } = await jobs.add(body, keyOf(headers, client), keyName);
        return json(job, isNew ? 202 : 200, { Location: `/v1/jobs/${job.id}` });
      },
    }),
    route({
      method: "get",
      path: "/v1/jobs",
      tag: "jobs",
      summary: "All jobs of the key that asks, newest first",
      answers: { 200: { description: "The jobs.", schema: jobList } },
      handle: ({ keyName }) => json({ jobs: jobs.list(keyName) }),
    }),
    route({
      method: "get",
      path: "/v1/jobs/:id",
      tag: "jobs",
      summary: "How far a job is",
      answers: one,
      handle: ({ params, keyName }) => json(jobs.get(params["id"]!, keyName)),
    }),
    route({
      method: "post",
      path: "/v1/jobs/:id/cancel",
      tag: "jobs",
      summary: "Stop a job; what it found stays",
      answers: one,
      handle: async ({ params, keyName }) => json(await jobs.cancel(params["id"]!, keyName)),
    }),
    route({
      method: "delete",
      path: "/v1/jobs/:id",
      tag: "jobs",
      summary: "Forget a job that has ended, with its results",
      answers: { 204: { description: "It is gone." } },
      async handle({ params, keyName }) {
        await jobs.remove(params["id"]!, keyName);
        return new Response(null, { status: 204 });
      },
    }),
    route({
      method: "get",
      path: "/v1/jobs/:id/results",
      tag: "jobs",
      summary: "The lines that a job has written; with follow=true until its end",
      query: {
        follow: z.enum(["true", "false"]).optional(),
        after: z
          .string()
          .regex(/^\d{1,15}$/)
          .optional(),
      },
      answers: {
        200: {
          description:
            "A line for each relation or document, from byte `after` on; what is sent will not change any more.",
          media: "application/jsonl",
        },
      },
      handle: (request) => results(jobs, request),
    }),
  ];
}

function keyOf(headers: Headers, client: string): string | undefined {
  const key = headers.get("Idempotency-Key");
  if (key === null) return undefined;
  if (key.length > 0 && key.length <= LONGEST_KEY) return `${client}\n${key}`;
  throw unusable(`The Idempotency-Key has ${key.length} characters.`, `Give 1 to ${LONGEST_KEY}.`, null);
}

function results(jobs: JobRunner, { params, query, signal, keyName }: RouteRequest): Response {
  const id = params["id"]!;
  jobs.get(id, keyName);
  const lines = linesOf(jobs, id, Number(query["after"] ?? 0), query["follow"] === "true", signal);
  return streamed(lines, "application/jsonl");
}

async function* linesOf(
  jobs: JobRunner,
  id: string,
  after: number,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let at = after;
  for (;;) {
    const isLast = !follow || jobs.hasEnded(id); // asked before the bytes are counted: what came last is not missed
    const { path, bytes } = await jobs.results(id);
    if (bytes > at) {
      const file = await open(path);
      try {
        while (at < bytes) {
          const piece = new Uint8Array(Math.min(PIECE, bytes - at));
          const { bytesRead } = await file.read(piece, 0, piece.length, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          yield piece.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    }
    if (isLast || signal.aborted) return;
    await delay(LOOK_EVERY, undefined, { signal }).catch(() => {});
  }
}
