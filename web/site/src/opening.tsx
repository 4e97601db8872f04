/** A model that is opened when it is first needed: its progress, what failed, and a way to stop it. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Progress } from "../../../src/base/progress.ts";
import type { OpenOptions } from "./models.ts";

interface WithFacts {
  readonly facts: { readonly notKept?: string | undefined };
}

export interface Opening<Model> {
  /** Opens it, or gives what is open. Undefined where it was stopped or failed. */
  readonly get: () => Promise<Model | undefined>;
  readonly progress: Progress | undefined;
  /** Why the model's files could not be kept. */
  readonly notKept: string | undefined;
  readonly error: unknown;
  readonly stop: () => void;
}

export function useOpening<Model extends WithFacts>(open: (options: OpenOptions) => Promise<Model>): Opening<Model> {
  const model = useRef<Model>(undefined);
  const control = useRef<AbortController>(undefined);
  const [progress, setProgress] = useState<Progress>();
  const [error, setError] = useState<unknown>();
  const [notKept, setNotKept] = useState<string>();
  const get = async (): Promise<Model | undefined> => {
    if (model.current !== undefined) return model.current;
    control.current = new AbortController();
    setError(undefined);
    try {
      model.current = await open({ signal: control.current.signal, progress: setProgress });
      setNotKept(model.current.facts.notKept);
      return model.current;
    } catch (thrown) {
      if (!control.current.signal.aborted) setError(thrown);
      return undefined;
    } finally {
      setProgress(undefined);
    }
  };
  return { get, progress, error, notKept, stop: () => control.current?.abort() };
}

export function OpeningState({ progress, error, notKept, stop }: Opening<unknown>): ComponentChildren {
  if (error !== undefined) return <Failure error={error} />;
  if (notKept !== undefined) {
    return (
      <p class="note" role="status">
        The model could not be kept ({notKept}); it is fetched again with the next visit.
      </p>
    );
  }
  if (progress === undefined) return null;
  const { done, total } = progress;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const said =
    total === undefined ? "Opening the model …" : `Fetching the model: ${megabytes(done)} of ${megabytes(total)} MB`;
  return (
    <div class="opening">
      <label>
        {said}
        <progress {...(total === undefined ? {} : { value: done, max: total })} />
      </label>
      <button type="button" onClick={stop}>
        Stop
      </button>
    </div>
  );
}

/** What failed, and what can be done. */
export function Failure({ error }: { readonly error: unknown }): ComponentChildren {
  if (error === undefined) return null;
  const { what, why, fix } = error as { what?: string; why?: string; fix?: string };
  return (
    <div class="failure" role="alert">
      <strong>{what ?? (error instanceof Error ? error.message : String(error))}</strong>
      {why === undefined ? null : <p>{why}</p>}
      {fix === undefined ? null : <p>{fix}</p>}
    </div>
  );
}
