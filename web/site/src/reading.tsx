/** Names and relations of a text, found in the page. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ReadInWorker } from "../../../src/web/index.ts";
import { type Mark, stretches } from "../../src/highlight.ts";
import type { Site } from "./models.ts";
import { Failure, OpeningState, useOpening } from "./opening.tsx";

const EXAMPLE = {
  title: "Indomethacin-induced hypotension in sodium-depleted rats.",
  abstract:
    "Indomethacin inhibits the synthesis of prostaglandins, which keep up the blood pressure when sodium is scarce. Indomethacin caused hypotension in sodium-depleted rats but not in controls. Saline infusion reversed the hypotension.",
};

interface Found {
  readonly passages: readonly string[];
  readonly read: ReadInWorker;
  readonly milliseconds: number;
}

export function Reading({ site }: { readonly site: Site }): ComponentChildren {
  const [title, setTitle] = useState(EXAMPLE.title);
  const [abstract, setAbstract] = useState(EXAMPLE.abstract);
  const [found, setFound] = useState<Found>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const opening = useOpening((options) => site.openReader(options));

  const find = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const reader = await opening.get();
      if (reader === undefined) return;
      const passages = [
        { kind: "title", text: title.trim() },
        { kind: "abstract", text: abstract.trim() },
      ].filter(({ text }) => text !== "") as { kind: "title" | "abstract"; text: string }[];
      const started = performance.now();
      for await (const read of reader.read({ documents: [{ id: "page", source: "page", passages }], schemes: ["all"] }))
        setFound({ passages: passages.map(({ text }) => text), read, milliseconds: performance.now() - started });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const isEmpty = title.trim() === "" && abstract.trim() === "";
  return (
    <section aria-labelledby="reading">
      <h2 id="reading">Names and relations</h2>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void find();
        }}
      >
        <label>
          Title
          <input value={title} onInput={(event) => setTitle(event.currentTarget.value)} maxlength={2000} />
        </label>
        <label>
          Abstract
          <textarea
            rows={6}
            value={abstract}
            maxlength={100_000}
            onInput={(event) => setAbstract(event.currentTarget.value)}
          />
        </label>
        <div class="row">
          <button type="submit" disabled={isBusy || isEmpty}>
            {isBusy ? "Reading …" : "Find names and relations"}
          </button>
          {isEmpty ? <span class="note">Paste a title or an abstract.</span> : null}
        </div>
      </form>
      <OpeningState {...opening} />
      <Failure error={error} />
      <div aria-live="polite">{found === undefined ? null : <Results found={found} />}</div>
    </section>
  );
}

function Results({ found }: { readonly found: Found }): ComponentChildren {
  const { passages, read, milliseconds } = found;
  const { mentions, relations } = read;
  const [chosen, setChosen] = useState<number>();
  const marks = useMemo(
    () =>
      passages.map((_, passage): Mark[] => {
        const named = mentions
          .filter((mention) => mention.passage === passage)
          .map(({ start, end, type, probability }) => ({
            ...{ start, end, kind: type.toLowerCase() },
            title: `${type}, ${percent(probability)}`,
          }));
        const evidence = chosen === undefined ? undefined : relations[chosen]?.evidence;
        const said = [evidence, evidence?.also].flatMap((part) =>
          part == null || part.passage !== passage ? [] : [{ start: part.start, end: part.end, kind: "evidence" }],
        );
        return [...named, ...said];
      }),
    [passages, mentions, relations, chosen],
  );
  const types = [...new Set(mentions.map(({ type }) => type))];
  return (
    <div class="columns">
      <div class="panel">
        <h3>
          {mentions.length} {mentions.length === 1 ? "name" : "names"}
        </h3>
        {passages.map((text, i) => (
          <p key={i} class="text">
            {stretches(text, marks[i] ?? []).map(({ text: piece, kinds, title }, at) =>
              kinds.length === 0 ? (
                piece
              ) : (
                <mark key={at} class={kinds.join(" ")} title={title}>
                  {piece}
                </mark>
              ),
            )}
          </p>
        ))}
        <p class="note">
          {types.map((type) => (
            <span key={type} class="legend">
              <mark class={type.toLowerCase()}>{type}</mark>
            </span>
          ))}
          Read in {Math.round(milliseconds)} ms, in this page.
        </p>
      </div>
      <div>
        <h3 class="count">
          {relations.length} {relations.length === 1 ? "relation" : "relations"}
        </h3>
        {relations.length === 0 ? (
          <p class="none">None is stated of the names that were found.</p>
        ) : (
          <ul class="relations">
            {relations.map(({ relation, head, tail, scheme, probability }, i) => (
              <li key={i}>
                <button
                  type="button"
                  aria-pressed={chosen === i}
                  onClick={() => setChosen(chosen === i ? undefined : i)}
                >
                  <span>
                    <b class={head.type.toLowerCase()}>{head.text}</b> {relation}{" "}
                    <b class={tail.type.toLowerCase()}>{tail.text}</b>
                  </span>
                  <span class="probability">{percent(probability)}</span>
                  <small>{scheme}</small>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
