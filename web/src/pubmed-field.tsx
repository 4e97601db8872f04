/** An article by its id of PubMed: fetched by the server, where it may use the network; where not, how to allow it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface PubmedFieldProps {
  readonly isAllowed: boolean;
  readonly isBusy: boolean;
  /** @param pmid digits alone */
  readonly onFetch: (pmid: string) => void;
}

/** The id of what one copies: digits, `PMID: 4080`, or the address of the article's page. */
export function pmidOf(text: string): string | undefined {
  const alone = /^(?:pmid:?\s*)?(\d{1,9})$/i.exec(text.trim())?.[1];
  return alone ?? /^(?:https?:\/\/)?pubmed\.ncbi\.nlm\.nih\.gov\/(\d{1,9})(?:[/?#].*)?$/i.exec(text.trim())?.[1];
}

export function PubmedField({ isAllowed, isBusy, onFetch }: PubmedFieldProps): ComponentChildren {
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);
  if (!isAllowed) {
    return (
      <p class="note pubmed">
        Articles can be fetched by their PubMed id where the server may use the network:{" "}
        <code>biogpt serve --allow-network</code>
      </p>
    );
  }
  return (
    <form
      class="row pubmed"
      onSubmit={(event) => {
        event.preventDefault();
        const pmid = pmidOf(typed);
        setWrong(pmid === undefined);
        if (pmid !== undefined && !isBusy) onFetch(pmid);
      }}
    >
      <label>
        PubMed id
        <input
          value={typed}
          autocomplete="off"
          placeholder="4080, or the article's address"
          aria-invalid={isWrong}
          aria-describedby="pubmed-said"
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setWrong(false);
          }}
        />
      </label>
      <button type="submit" disabled={typed.trim() === ""} aria-disabled={isBusy}>
        Fetch and read
      </button>
      <span id="pubmed-said" role="status" class="note">
        {isWrong ? "This is no id of PubMed: up to nine digits." : ""}
      </span>
    </form>
  );
}
