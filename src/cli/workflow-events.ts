/** A workflow's events on the terminal: progress where it is shown, notes as lines. */
import type { NoteEvent, ProgressEvent } from "../workflows/workflow.ts";
import type { Terminal } from "./terminal.ts";

export interface TerminalContext {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ProgressEvent | NoteEvent) => void;
}

/** What a workflow without events of its own gets. */
export function terminalContext(terminal: Terminal): TerminalContext {
  return { signal: terminal.signal, onEvent: (event) => showEvent(event, terminal) };
}

export function showEvent(event: ProgressEvent | NoteEvent, terminal: Terminal): void {
  if (event.type === "progress") terminal.progress(event);
  else terminal.note(event.text);
}
