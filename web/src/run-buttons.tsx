/** Begins a form's work, and stops it: two buttons, so that neither takes the other's place under the pointer, or the keyboard's with it. */
import type { ComponentChildren } from "preact";
import type { Work } from "./work.ts";

export interface RunButtonsProps {
  readonly label: string;
  readonly work: Work;
  /** Whether there is nothing to begin. */
  readonly disabled: boolean;
}

export function RunButtons({ label, work, disabled }: RunButtonsProps): ComponentChildren {
  return (
    <>
      {/* One that is disabled while it has the focus would lose it. */}
      <button type="submit" disabled={disabled && !work.isRunning} aria-disabled={work.isRunning}>
        {label}
      </button>
      {work.isRunning ? (
        <button
          type="button"
          onClick={({ currentTarget: { form } }) => {
            work.stop();
            form?.querySelector<HTMLButtonElement>("button[type=submit]")?.focus();
          }}
        >
          Stop
        </button>
      ) : null}
    </>
  );
}
