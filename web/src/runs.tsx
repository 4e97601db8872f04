/** How trainings went: the loss of updates as a line, of evaluations as points, and these as a table. */
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RunCurve, RunList } from "../../src/server/contract.ts";
import { get, Refused } from "./api.ts";
import { Failure } from "./parts.tsx";

/** Milliseconds between two looks: a run that goes on grows. */
const LOOK_EVERY = 5000;

/** Asks again and again until the view is left. */
function useWatched<Answer>(address: string | undefined): { answer: Answer | undefined; error: unknown } {
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (address === undefined) return;
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const found = await get<Answer>(address, control.signal);
        if (control.signal.aborted) return;
        setAnswer(found);
        setError(undefined);
      } catch (thrown) {
        if (control.signal.aborted) return;
        setError(thrown);
        if (thrown instanceof Refused && thrown.status === 404) return;
      }
      timer = setTimeout(() => void look(), LOOK_EVERY);
    };
    setAnswer(undefined);
    void look();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [address]);
  return { answer, error };
}

export function Runs(): ComponentChildren {
  const { answer: list, error } = useWatched<RunList>("/v1/runs");
  const [chosen, setChosen] = useState("");
  const first = list?.runs[0]?.name;
  // The one that changed last stays chosen when another one is: of two that go on, the picture would jump from one to the other.
  useEffect(() => {
    if (first !== undefined) setChosen((before) => before || first);
  }, [first]);
  const name = chosen || first;
  const address = name === undefined ? undefined : `/v1/runs/curve?run=${encodeURIComponent(name)}`;
  const { answer: curve, error: curveError } = useWatched<RunCurve>(address);
  if (error instanceof Refused && error.status === 404) {
    return (
      <>
        <h1>Runs</h1>
        <p class="panel">
          This server shows no trainings. Start it with their folder: <code>biogpt serve --runs runs</code>
        </p>
      </>
    );
  }
  return (
    <>
      <h1>Runs</h1>
      <Failure error={error ?? curveError} />
      {list?.runs.length === 0 ? <p class="panel">There is no training in the folder yet.</p> : null}
      {list === undefined || list.runs.length === 0 ? null : (
        <label class="choice">
          Training
          <select value={name} onChange={(event) => setChosen(event.currentTarget.value)}>
            {list.runs.map((run) => (
              <option key={run.name} value={run.name}>
                {run.name} ({new Date(run.changed).toLocaleString()})
              </option>
            ))}
          </select>
        </label>
      )}
      {curve === undefined ? null : <Curve curve={curve} />}
    </>
  );
}

const [HEIGHT, LEFT, BOTTOM] = [320, 48, 28];

/** Pixels that there are for what `ref` is on; a drawing that is scaled to them would have its letters scaled, too. */
function useWidth(ref: RefObject<HTMLElement | null>, first: number): number {
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.max(200, Math.floor(entry!.contentRect.width))));
    if (ref.current !== null) watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return width;
}

function Curve({ curve }: { readonly curve: RunCurve }): ComponentChildren {
  const isEmpty = curve.updates.length + curve.evaluations.length === 0;
  return isEmpty ? <p class="panel">Nothing was logged yet.</p> : <Drawn curve={curve} />;
}

function Drawn({ curve }: { readonly curve: RunCurve }): ComponentChildren {
  const { name, updates, evaluations } = curve;
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame, 800);
  const points = [...updates, ...evaluations];
  const mostStep = Math.max(...points.map(({ step }) => step));
  const losses = points.map(({ loss }) => loss).filter(Number.isFinite);
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  const x = (step: number): number => LEFT + ((width - LEFT - 8) * step) / mostStep;
  const y = (loss: number): number => 8 + ((HEIGHT - BOTTOM - 8) * (most - loss)) / (most - least || 1);
  const ticks = [0, 0.5, 1];
  const last = updates.at(-1);
  return (
    <>
      <figure ref={frame} class="panel curve">
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Loss of ${name}, from ${most.toFixed(2)} to ${least.toFixed(2)} nats a token`}
        >
          {ticks.map((share) => (
            <g key={share} class="tick">
              <line
                x1={LEFT}
                x2={width - 8}
                y1={y(least + share * (most - least))}
                y2={y(least + share * (most - least))}
              />
              <text x={LEFT - 6} y={y(least + share * (most - least)) + 4} text-anchor="end">
                {(least + share * (most - least)).toFixed(2)}
              </text>
              <text
                x={x(share * mostStep)}
                y={HEIGHT - 6}
                text-anchor={share === 0 ? "start" : share === 1 ? "end" : "middle"}
              >
                {Math.round(share * mostStep).toLocaleString("en")}
              </text>
            </g>
          ))}
          <polyline
            class="loss"
            points={updates.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(" ")}
          />
          {evaluations.map(({ step, loss }) => (
            <circle key={step} class="held-out" cx={x(step)} cy={y(loss)} r={4}>
              <title>{`${loss.toFixed(3)} at ${step}`}</title>
            </circle>
          ))}
        </svg>
        <figcaption class="note">
          Line: loss of updates, nats a token
          {last === undefined ? "" : `, ${last.loss.toFixed(3)} at ${last.step.toLocaleString("en")}`}. Points: held
          out.
        </figcaption>
      </figure>
      {evaluations.length === 0 ? null : (
        <table class="narrow">
          <thead>
            <tr>
              <th scope="col" class="number">
                update
              </th>
              <th scope="col" class="number">
                held-out loss
              </th>
            </tr>
          </thead>
          <tbody>
            {evaluations.map(({ step, loss }) => (
              <tr key={step}>
                <td class="number">{step.toLocaleString("en")}</td>
                <td class="number">{loss.toFixed(4)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
