/** A field in which a concept is looked for: suggestions while one types, chosen by pointer or arrow keys (WAI-ARIA's combobox). */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { GraphFindResponse, WireConcept } from "../../../src/server/contract.ts";
import { get } from "../api.ts";

export interface ConceptSearchProps {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly onConcept: (concept: WireConcept) => void;
}

/** Milliseconds after the last key before the server is asked. */
const PATIENCE = 150;
const MOST = 8;

export function ConceptSearch({ label, value, onText, onConcept }: ConceptSearchProps): ComponentChildren {
  const id = useId();
  const [found, setFound] = useState<readonly WireConcept[]>();
  const [at, setAt] = useState(-1);
  const [isOpen, setOpen] = useState(false);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    if (!isOpen || value.trim() === "") return setFound(undefined);
    const control = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const query = new URLSearchParams({ q: value.trim(), limit: String(MOST) });
        setFound((await get<GraphFindResponse>(`/v1/graph/find?${query}`, control.signal)).concepts);
        setAt(-1);
        setFailed("");
      } catch (error) {
        if (!control.signal.aborted) setFailed((error as Error).message);
      }
    }, PATIENCE);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [value, isOpen]);
  const shown = isOpen ? found : undefined;
  const choose = (concept: WireConcept): void => {
    setOpen(false);
    onConcept(concept);
  };
  const onKey = (event: KeyboardEvent): void => {
    // With Enter the form asks for what is typed: suggestions that come later would lie over the answer.
    if (event.key === "Escape" || event.key === "Enter") setOpen(false);
    if (shown === undefined || shown.length === 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((at + step + shown.length + (at < 0 && step < 0 ? 1 : 0)) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(shown[Math.max(0, at)]!);
    }
  };
  return (
    <div class="search">
      <label for={id}>{label}</label>
      <input
        id={id}
        role="combobox"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded={shown !== undefined}
        aria-controls={`${id}-list`}
        aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
        value={value}
        onInput={(event) => {
          setOpen(true);
          onText(event.currentTarget.value);
        }}
        onKeyDown={onKey}
        onBlur={() => setOpen(false)}
      />
      <div id={`${id}-list`} role="listbox" aria-label={`Suggestions for ${label}`} hidden={shown === undefined}>
        {shown?.map((concept, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field's keys choose
          <div
            key={concept.id}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            // before the field loses the focus, which closes the list
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(concept)}
          >
            <b>{concept.name}</b>{" "}
            <small>
              {concept.type}, {concept.documents} {concept.documents === 1 ? "document" : "documents"}
            </small>
          </div>
        ))}
      </div>
      <span role="status" class="note">
        {failed !== "" ? failed : shown?.length === 0 ? "No concept has this in a name." : ""}
      </span>
    </div>
  );
}
