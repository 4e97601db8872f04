/** What a view waits for: one piece of work at a time, which ends when it is stopped or the view is left. */
import { useEffect, useRef, useState } from "preact/hooks";

export type Piece = (signal: AbortSignal) => Promise<void>;

export interface Work {
  readonly isRunning: boolean;
  /** Why the last piece failed; undefined while one runs, and after one that was stopped. */
  readonly error: unknown;
  /**
   * Begins a piece, unless one runs: whoever presses twice before the page shows that something runs gets one answer. What an answer changes must not be
   * changed once the signal has fired.
   */
  readonly run: (piece: Piece) => Promise<void>;
  /** The last piece once more, as after a key was given. */
  readonly again: () => void;
  readonly stop: () => void;
}

export function useWork(): Work {
  const control = useRef<AbortController>(undefined);
  const last = useRef<Piece>(undefined);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  useEffect(() => () => control.current?.abort(), []);
  const run = async (piece: Piece): Promise<void> => {
    if (control.current !== undefined) return;
    control.current = new AbortController();
    const { signal } = control.current;
    last.current = piece;
    setRunning(true);
    setError(undefined);
    try {
      await piece(signal);
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
    } finally {
      control.current = undefined;
      setRunning(false);
    }
  };
  const again = (): void => {
    if (last.current !== undefined) void run(last.current);
  };
  return { isRunning, error, run, again, stop: () => control.current?.abort() };
}
