/** Long work: begun from a file of documents, watched, stopped, its lines taken home. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { JobList, JobRequest, ModelCard, WireDocument, WireJob } from "../../src/server/contract.ts";
import { get, post, Refused, remove, text } from "./api.ts";
import { Failure } from "./parts.tsx";

/** Milliseconds between two looks. */
const LOOK_EVERY = 1000;

export function Jobs({ models }: { readonly models: readonly ModelCard[] }): ComponentChildren {
  const [jobs, setJobs] = useState<readonly WireJob[]>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    const look = async (): Promise<void> => {
      try {
        setJobs((await get<JobList>("/v1/jobs", control.signal)).jobs);
        setError((before: unknown) => (before instanceof Refused && before.status === 0 ? undefined : before));
      } catch (thrown) {
        if (!control.signal.aborted) setError(thrown);
        if (thrown instanceof Refused && thrown.status === 404) return; // no folder for jobs: nothing will come
      }
      if (!control.signal.aborted) setTimeout(() => void look(), LOOK_EVERY);
    };
    void look();
    return () => control.abort();
  }, [round]);
  const again = (): void => setRound(round + 1);
  const act = (work: () => Promise<unknown>) => async () => {
    try {
      setError(undefined);
      await work();
      again();
    } catch (thrown) {
      setError(thrown);
    }
  };
  if (error instanceof Refused && error.status === 404 && jobs === undefined) {
    return (
      <>
        <h1>Jobs</h1>
        <p class="panel">This server keeps no jobs. Start it with a folder for them: biogpt serve --data-dir jobs</p>
      </>
    );
  }
  return (
    <>
      <h1>Jobs</h1>
      <NewJob models={models} begun={again} failed={setError} />
      <Failure error={error} retry={again} />
      {jobs === undefined ? null : jobs.length === 0 ? (
        <p class="none">There is no job yet.</p>
      ) : (
        <ul class="jobs">
          {jobs.map((job) => (
            <li key={job.id} class="panel">
              <div class="row">
                <b>{job.kind}</b>
                <span class={`state ${job.state}`}>{job.state}</span>
                <span>
                  {job.done} of {job.documents} documents
                  {job.problems === 0 ? "" : `, ${job.problems} left out`}
                  {job.rate === 0 ? "" : `, ${job.rate}/s`}
                  {job.secondsLeft === undefined ? "" : `, ${job.secondsLeft} s left`}
                </span>
                <time dateTime={job.created}>{new Date(job.created).toLocaleString()}</time>
              </div>
              <progress value={job.done} max={job.documents} aria-label={`Progress of job ${job.id}`} />
              {job.error === undefined ? null : <p class="failure">{job.error.what}</p>}
              <div class="row">
                <button type="button" onClick={act(() => download(job))}>
                  Results
                </button>
                {job.ended === undefined ? (
                  <button type="button" onClick={act(() => post(`/v1/jobs/${job.id}/cancel`))}>
                    Stop
                  </button>
                ) : (
                  <button type="button" onClick={act(() => remove(`/v1/jobs/${job.id}`))}>
                    Delete
                  </button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function NewJob(props: {
  readonly models: readonly ModelCard[];
  readonly begun: () => void;
  readonly failed: (error: unknown) => void;
}): ComponentChildren {
  const { models, begun, failed } = props;
  const [lines, setLines] = useState("");
  const [what, setWhat] = useState("");
  const schemes = models.flatMap(({ abilities, schemes: own }) => (abilities.includes("relations") ? own : []));
  const tags = models.some(({ abilities }) => abilities.includes("entities"));
  const choices = [...schemes, ...(tags ? ["names"] : [])];
  const wanted = what || choices[0];
  const begin = async (): Promise<void> => {
    try {
      const documents = documentsOf(lines);
      const body: JobRequest =
        wanted === "names"
          ? { kind: "entities", documents }
          : { kind: "relations", documents, ...(wanted === undefined ? {} : { scheme: wanted }) };
      await post("/v1/jobs", body);
      setLines("");
      failed(undefined);
      begun();
    } catch (error) {
      failed(error);
    }
  };
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
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
            type="file"
            accept=".jsonl,.ndjson,.txt"
            onChange={async (event) => setLines((await event.currentTarget.files?.[0]?.text()) ?? "")}
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
        <button type="submit" disabled={lines.trim() === "" || choices.length === 0}>
          Begin
        </button>
      </div>
    </form>
  );
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
