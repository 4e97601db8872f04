/** Pieces that several views share. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Refused, setKey } from "./api.ts";
import { type Mark, stretches } from "./highlight.ts";

/** What failed, in the server's words; asks for a key where that is what is missing, and offers another try where one may help. */
export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): ComponentChildren {
  const [key, setTyped] = useState("");
  if (error === undefined) return null;
  const refused = error instanceof Refused ? error : undefined;
  return (
    <div class="failure" role="alert">
      <strong>{error instanceof Error ? error.message : String(error)}</strong>
      {refused?.fix === undefined ? null : <p>{withCode(refused.fix)}</p>}
      {refused?.status === 401 ? (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            setKey(key);
            retry?.();
          }}
        >
          <label>
            Key of this server
            <input
              type="password"
              autocomplete="off"
              value={key}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <button type="submit">Use it</button>
        </form>
      ) : null}
      {retry !== undefined && refused !== undefined && mayPass(refused) ? (
        <p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </p>
      ) : null}
    </div>
  );
}

/** Whether the same request may be answered another time: the server was gone, busy or failed. */
function mayPass({ status }: Refused): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** What stands between backticks is a command. */
function withCode(text: string): ComponentChildren {
  return text.split("`").map((piece, i) => (i % 2 === 1 ? <code key={i}>{piece}</code> : piece));
}

export function Marked({ text, marks }: { readonly text: string; readonly marks: readonly Mark[] }): ComponentChildren {
  return stretches(text, marks).map(({ text: piece, kinds, title }, i) =>
    kinds.length === 0 ? (
      piece
    ) : (
      <mark key={i} class={kinds.join(" ")} title={title}>
        {piece}
      </mark>
    ),
  );
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}
