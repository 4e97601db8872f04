/** Long work: begun from a file of documents, watched, stopped, its lines taken home. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { JobList, JobRequest, ModelCard, WireDocument, WireJob } from "../../src/server/contract.ts";
import { get, post, Refused, remove, text } from "./api.ts";
import { chosenText } from "./chosen-file.ts";
import { Failure } from "./parts.tsx";
import { useWork } from "./work.ts";

/** Milliseconds between two looks. */
const LOOK_EVERY = 1000;

export function Jobs({ models }: { readonly models: readonly ModelCard[] }): ComponentChildren {
  const [jobs, setJobs] = useState<readonly WireJob[]>();
  const [lost, setLost] = useState<unknown>();
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set());
  const [round, setRound] = useState(0);
  const acting = useWork();
  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const found = await get<JobList>("/v1/jobs", control.signal);
        if (control.signal.aborted) return;
        setJobs(found.jobs);
        setLost(undefined);
      } catch (thrown) {
        if (control.signal.aborted) return;
        setLost(thrown);
        if (thrown instanceof Refused && thrown.status === 404) return; // no folder for jobs: nothing will come
      }
      timer = setTimeout(() => void look(), LOOK_EVERY);
    };
    void look();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [round]);
  /** What is seen then is asked for after it: an answer that was on its way would show what was before. */
  const again = (): void => setRound((before) => before + 1);
  const act = (work: (signal: AbortSignal) => Promise<unknown>) => () =>
    void acting.run(async (signal) => {
      await work(signal);
      again();
    });
  if (lost instanceof Refused && lost.status === 404 && jobs === undefined) {
    return (
      <>
        <h1>Jobs</h1>
        <p class="panel">
          This server keeps no jobs. Start it with a folder for them: <code>biogpt serve --data-dir jobs</code>
        </p>
      </>
    );
  }
  const shown = jobs?.filter(({ id }) => !deleted.has(id));
  return (
    <>
      <h1>Jobs</h1>
      <NewJob models={models} begun={again} />
      <Failure error={lost} retry={again} />
      <Failure error={acting.error} retry={acting.again} />
      {shown === undefined ? null : shown.length === 0 ? (
        <p class="none">There is no job yet.</p>
      ) : (
        <ul class="jobs">
          {shown.map((job) => (
            <Job
              key={job.id}
              job={job}
              onResults={act(() => download(job))}
              onStop={act(() => post(`/v1/jobs/${job.id}/cancel`))}
              onDelete={act(async () => {
                await remove(`/v1/jobs/${job.id}`);
                setDeleted((before) => new Set([...before, job.id]));
              })}
            />
          ))}
        </ul>
      )}
    </>
  );
}

function Job(props: {
  readonly job: WireJob;
  readonly onResults: () => void;
  readonly onStop: () => void;
  readonly onDelete: () => void;
}): ComponentChildren {
  const { job, onResults, onStop, onDelete } = props;
  const isOver = job.ended !== undefined;
  return (
    <li class="panel job">
      <div class="row tight">
        <b>{job.kind}</b>
        <span class={`state ${job.state}`}>{job.state}</span>
        <span>
          {job.done.toLocaleString("en")} of {job.documents.toLocaleString("en")} documents
          {job.problems === 0 ? "" : `, ${job.problems} left out`}
          {job.rate === 0 ? "" : `, ${job.rate}/s`}
          {job.secondsLeft === undefined ? "" : `, ${job.secondsLeft} s left`}
        </span>
        <time dateTime={job.created}>{new Date(job.created).toLocaleString()}</time>
      </div>
      <progress value={job.done} max={job.documents} aria-label={`Progress of job ${job.id}`} />
      {job.error === undefined ? null : <p class="failure">{job.error.what}</p>}
      {/* Each keeps its place: one that takes another's under the pointer is pressed unseen. */}
      <div class="row tight">
        <button type="button" onClick={onResults}>
          Results
        </button>
        <button type="button" disabled={isOver} onClick={onStop}>
          Stop
        </button>
        <button type="button" disabled={!isOver} onClick={onDelete}>
          Delete
        </button>
      </div>
    </li>
  );
}

function NewJob(props: { readonly models: readonly ModelCard[]; readonly begun: () => void }): ComponentChildren {
  const { models, begun } = props;
  const [lines, setLines] = useState("");
  const [what, setWhat] = useState("");
  const [files, setFiles] = useState(0);
  const beginning = useWork();
  const schemes = models.flatMap(({ abilities, schemes: own }) => (abilities.includes("relations") ? own : []));
  const tags = models.some(({ abilities }) => abilities.includes("entities"));
  const choices = [...schemes, ...(tags ? ["names"] : [])];
  const wanted = what || choices[0];
  // One and the same until something changes: sent again after an answer that was lost, it is the job that was begun.
  const key = useMemo(randomKey, [lines, wanted, files]);
  const begin = async (signal: AbortSignal): Promise<void> => {
    const documents = documentsOf(lines);
    const body: JobRequest =
      wanted === "names"
        ? { kind: "entities", documents }
        : { kind: "relations", documents, ...(wanted === undefined ? {} : { scheme: wanted }) };
    await post("/v1/jobs", body, signal, { "Idempotency-Key": key });
    if (signal.aborted) return;
    setLines((now) => (now === lines ? "" : now));
    setFiles(files + 1);
    begun();
  };
  return (
    <>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void beginning.run(begin);
        }}
      >
        <label>
          Documents: JSON Lines with id, title and abstract, or one text a line
          <textarea rows={4} value={lines} onInput={(event) => setLines(event.currentTarget.value)} />
        </label>
        <div class="row">
          <label>
            or a file of them
            <input
              key={files}
              type="file"
              accept=".jsonl,.ndjson,.txt"
              onChange={async ({ currentTarget }) => {
                const read = await chosenText(currentTarget);
                if (read !== undefined) setLines(read);
              }}
            />
          </label>
          <label>
            Look for
            <select value={wanted} onChange={(event) => setWhat(event.currentTarget.value)}>
              {choices.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" disabled={lines.trim() === "" || choices.length === 0 || beginning.isRunning}>
            Begin
          </button>
        </div>
      </form>
      <Failure error={beginning.error} retry={beginning.again} />
    </>
  );
}

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function documentsOf(lines: string): WireDocument[] {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line, i) => {
      if (!line.startsWith("{")) return { id: String(i + 1), text: line };
      try {
        return JSON.parse(line) as WireDocument;
      } catch {
        throw new Refused(400, `Line ${i + 1} is no JSON.`, "Give one object a line, or plain texts.");
      }
    });
}

async function download({ id }: WireJob): Promise<void> {
  const blob = new Blob([await text(`/v1/jobs/${id}/results`)], { type: "application/jsonl" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${id}.jsonl`;
  link.click();
  URL.revokeObjectURL(link.href);
}
