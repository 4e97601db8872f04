/** What a question is about: molecules, drawn while they are typed, and proteins, each looked at before it is sent. */
import type { ComponentChildren } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { ChatContentPart } from "../../../src/server/contract.ts";
import { chosenText } from "../chosen-file.ts";
import { useDark } from "../theme.ts";
import { type Reading, readSubject } from "./read.ts";

export interface Attached {
  /** Stays the same while its text changes. */
  readonly key: number;
  readonly kind: "molecule" | "protein";
  readonly text: string;
  /** Undefined while it is looked at, or empty. */
  readonly reading: Reading | undefined;
}

/** As many as the server takes of a conversation. */
const MOST = 16;
/** Milliseconds after the last key before it is read. */
const PATIENCE = 250;

/** Whether all may be sent: nothing is empty, none is wrong, and none is still looked at. */
export function maySend(attached: readonly Attached[]): boolean {
  return attached.every(({ reading }) => reading !== undefined && reading.state !== "wrong");
}

export function partOf({ kind, text }: Attached): ChatContentPart {
  return kind === "molecule" ? { type: "molecule", smiles: text } : { type: "protein", sequence: text };
}

export interface AttachmentsProps {
  readonly attached: readonly Attached[];
  readonly kinds: readonly Attached["kind"][];
  readonly onChange: (change: (before: readonly Attached[]) => readonly Attached[]) => void;
}

let next = 0;

export function Attachments({ attached, kinds, onChange }: AttachmentsProps): ComponentChildren {
  const add = (kind: Attached["kind"]): void =>
    onChange((before) => [...before, { key: next++, kind, text: "", reading: undefined }]);
  return (
    <fieldset class="attachments">
      <legend>The question is about</legend>
      {attached.map((one) => (
        <Attachment
          key={one.key}
          attached={one}
          onChange={(changed) => onChange((before) => before.map((other) => (other.key === one.key ? changed : other)))}
          onRemove={() => onChange((before) => before.filter(({ key }) => key !== one.key))}
        />
      ))}
      <div class="row tight">
        {kinds.map((kind) => (
          <button key={kind} type="button" disabled={attached.length >= MOST} onClick={() => add(kind)}>
            Attach a {kind}
          </button>
        ))}
        {attached.length === 0 ? <span class="note">Nothing is attached: a question in words alone.</span> : null}
      </div>
    </fieldset>
  );
}

function Attachment(props: {
  readonly attached: Attached;
  readonly onChange: (changed: Attached) => void;
  readonly onRemove: () => void;
}): ComponentChildren {
  const { attached, onChange, onRemove } = props;
  const { kind, text, reading } = attached;
  const isDark = useDark();
  const id = useId();
  useEffect(() => {
    if (text.trim() === "") return;
    let isOver = false;
    const timer = setTimeout(async () => {
      const found = await readSubject({ kind, text, dark: isDark });
      if (!isOver) onChange({ ...attached, reading: found });
    }, PATIENCE);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [kind, text, isDark]);
  const isWrong = reading?.state === "wrong";
  const changed = (typed: string): void => onChange({ ...attached, text: typed, reading: undefined });
  const field = {
    ...{ id, value: text, spellcheck: false, autocomplete: "off", class: "sequence" },
    "aria-invalid": isWrong,
    "aria-describedby": `${id}-said`,
  };
  return (
    <div class={`attachment ${kind}`}>
      <div class="fields">
        <label for={id}>
          {kind === "molecule" ? "Molecule, as SMILES" : "Protein: residues, FASTA or UniProt text"}
        </label>
        {kind === "molecule" ? (
          <input
            {...field}
            placeholder="CC(=O)Oc1ccccc1C(=O)O"
            onInput={(event) => changed(event.currentTarget.value)}
          />
        ) : (
          <textarea
            {...field}
            rows={4}
            placeholder="MKTAYIAKQR…"
            onInput={(event) => changed(event.currentTarget.value)}
          />
        )}
        <div class="row tight">
          {kind === "protein" ? (
            <label>
              or a file of it
              <input
                type="file"
                accept=".fasta,.fa,.faa,.txt"
                onChange={async ({ currentTarget }) => {
                  const read = await chosenText(currentTarget);
                  if (read !== undefined) changed(read);
                }}
              />
            </label>
          ) : null}
          <button type="button" onClick={onRemove}>
            Remove
          </button>
        </div>
        <div id={`${id}-said`} role="status" class={isWrong ? "wrong" : "note"}>
          <Said reading={reading} isEmpty={text.trim() === ""} />
        </div>
      </div>
      {reading?.state === "read" && reading.picture !== undefined ? (
        <img
          class="molecule"
          src={`data:image/svg+xml,${encodeURIComponent(reading.picture)}`}
          width={320}
          height={220}
          alt={`Structure of ${text.trim()}`}
        />
      ) : null}
    </div>
  );
}

function Said({
  reading,
  isEmpty,
}: {
  readonly reading: Reading | undefined;
  readonly isEmpty: boolean;
}): ComponentChildren {
  if (isEmpty) return "Still empty.";
  if (reading === undefined) return "Reading…";
  if (reading.state === "unread") return `${reading.why} The server will read it.`;
  if (reading.state === "wrong")
    return [reading.slip.what, reading.slip.why, reading.slip.fix].filter(Boolean).join(" ");
  return [`${reading.said}.`, ...reading.notes].join(" ");
}
