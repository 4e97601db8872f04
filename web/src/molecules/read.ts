/** Molecules and proteins, read by a worker that is begun with the first of them: what a model would be given, or why it cannot be. */
import type { ReadAnswer, ReadSubject, ReadTask, Slip } from "./messages.ts";

export type Reading =
  | ({ readonly state: "read" } & ReadSubject)
  | { readonly state: "wrong"; readonly slip: Slip }
  /** It could not be looked at here; the server will say. */
  | { readonly state: "unread"; readonly why: string };

/** Milliseconds for one, the fetching of RDKit included. */
const PATIENCE = 30_000;
/** RDKit cannot run, or a fault of ours: that says nothing of the text. */
const OURS = ["molecules/no-rdkit", "internal"];

let worker: Worker | undefined;
let count = 0;
const waiting = new Map<number, (answer: ReadAnswer | undefined) => void>();

/** The worker is given up, and with it what waits for it. */
function giveUp(): void {
  worker?.terminate();
  worker = undefined;
  for (const answered of [...waiting.values()]) answered(undefined);
}

function begun(): Worker {
  if (worker !== undefined) return worker;
  worker = new Worker(new URL("./molecule-worker.ts", import.meta.url), { type: "module", name: "molecules" });
  worker.addEventListener("message", ({ data }: MessageEvent<ReadAnswer>) => waiting.get(data.id)?.(data));
  worker.addEventListener("error", giveUp);
  return worker;
}

export async function readSubject(of: Omit<ReadTask, "id">): Promise<Reading> {
  const id = count++;
  const timer = setTimeout(giveUp, PATIENCE);
  const answer = await new Promise<ReadAnswer | undefined>((resolve) => {
    waiting.set(id, resolve);
    begun().postMessage({ id, ...of } satisfies ReadTask);
  });
  clearTimeout(timer);
  waiting.delete(id);
  if (answer === undefined) return { state: "unread", why: "It could not be read here." };
  if ("read" in answer) return { state: "read", ...answer.read };
  const { slip } = answer;
  return OURS.includes(slip.code) ? { state: "unread", why: slip.what } : { state: "wrong", slip };
}
