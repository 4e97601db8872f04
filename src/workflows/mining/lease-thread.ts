/**
 * A thread that keeps a worker's lease on its unit alive, whatever the worker's own event loop is busy with: loading and quantising a model hold it
 * for longer than a broker waits.
 *
 * It is told `{id, token}` when a unit begins and `{id}` when it ends. What cannot be renewed is left alone: the unit is then done twice, which
 * is the same as once.
 */
import { parentPort, workerData } from "node:worker_threads";
import { brokerOf, LEASE, QUEUE_NAME } from "./unit-queue.ts";

export interface LeaseMessage {
  readonly id: string;
  /** Absent: the unit has ended. */
  readonly token?: string;
}

const { url } = workerData as { readonly url: string };
const { Queue, Job, connection } = await brokerOf(url);
const queue = new Queue(QUEUE_NAME, { connection });
queue.on("error", () => {}); // the worker tells of a broker that is gone
const held = new Map<string, string>();

parentPort!.on("message", ({ id, token }: LeaseMessage) => {
  if (token === undefined) held.delete(id);
  else held.set(id, token);
});

setInterval(async () => {
  for (const [id, token] of held) {
    const job = await Job.fromId(queue, id).catch(() => undefined);
    await job?.extendLock(token, LEASE).catch(() => {});
  }
}, LEASE / 3);
