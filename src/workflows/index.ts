/** What programs call: everything that a command does, as one function each. */
export type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";
