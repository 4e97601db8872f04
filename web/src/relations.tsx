/** Relations of an abstract: arguments marked in the text, evidence, and how sure the model is. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type {
  EntitiesResponse,
  ModelCard,
  RelationsResponse,
  WireMention,
  WireRelation,
} from "../../src/server/contract.ts";
import { post } from "./api.ts";
import type { Mark } from "./highlight.ts";
import { Failure, Marked, percent } from "./parts.tsx";

const EXAMPLE = {
  title: "Indomethacin-induced hypotension in sodium-depleted rats.",
  abstract:
    "The effect of indomethacin on blood pressure was studied in rats that had been depleted of sodium. Indomethacin caused hypotension and acute renal failure. Ketoconazole should not be taken with simvastatin, as it raises the risk of myopathy.",
};

interface Found {
  readonly passages: readonly string[];
  readonly relations: readonly WireRelation[];
  readonly mentions: readonly WireMention[];
  readonly problems: readonly string[];
}

export function Relations({ models }: { readonly models: readonly ModelCard[] }): ComponentChildren {
  const schemes = models.filter(({ abilities }) => abilities.includes("relations")).flatMap((model) => model.schemes);
  const [title, setTitle] = useState(EXAMPLE.title);
  const [abstract, setAbstract] = useState(EXAMPLE.abstract);
  const [scheme, setScheme] = useState("");
  const [found, setFound] = useState<Found>();
  const [error, setError] = useState<unknown>();
  const [running, setRunning] = useState<AbortController>();

  const find = async (): Promise<void> => {
    const control = new AbortController();
    setRunning(control);
    setError(undefined);
    try {
      const document = { id: "page", ...(title === "" ? {} : { title }), ...(abstract === "" ? {} : { abstract }) };
      const wanted = scheme || schemes[0];
      const body = { documents: [document], ...(wanted === undefined ? {} : { scheme: wanted }) };
      const tags = models.some(({ abilities }) => abilities.includes("entities"));
      const [{ relations, problems }, names] = await Promise.all([
        post<RelationsResponse>("/v1/relations", body, control.signal),
        tags ? post<EntitiesResponse>("/v1/entities", { documents: [document] }, control.signal) : undefined,
      ]);
      setFound({
        passages: [title, abstract].filter((passage) => passage !== ""),
        relations,
        mentions: names?.documents[0]?.mentions ?? [],
        problems: problems.map(({ what }) => what),
      });
    } catch (thrown) {
      if ((thrown as Error).name !== "AbortError") setError(thrown);
    } finally {
      setRunning(undefined);
    }
  };

  return (
    <>
      <h1>Relations in an abstract</h1>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void find();
        }}
        onDragOver={(event) => event.preventDefault()}
        onDrop={async (event) => {
          event.preventDefault();
          const file = event.dataTransfer?.files[0];
          if (file === undefined) return;
          setTitle("");
          setAbstract((await file.text()).trim());
        }}
      >
        <label>
          Title
          <input value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <label>
          Abstract (a text file can be dropped here)
          <textarea rows={7} value={abstract} onInput={(event) => setAbstract(event.currentTarget.value)} />
        </label>
        <div class="row">
          <label>
            Look for
            <select value={scheme || schemes[0]} onChange={(event) => setScheme(event.currentTarget.value)}>
              {schemes.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          {running === undefined ? (
            <button key="run" type="submit" disabled={title + abstract === "" || schemes.length === 0}>
              Find relations
            </button>
          ) : (
            <button key="stop" type="button" onClick={() => running.abort()}>
              Stop
            </button>
          )}
          <span role="status">{running === undefined ? "" : "Reading…"}</span>
        </div>
      </form>
      <Failure error={error} retry={() => void find()} />
      {found === undefined ? null : <FoundRelations found={found} />}
    </>
  );
}

function FoundRelations({ found }: { readonly found: Found }): ComponentChildren {
  const [least, setLeast] = useState(0);
  const [chosen, setChosen] = useState<WireRelation>();
  const shown = useMemo(() => found.relations.filter(({ probability }) => probability >= least), [found, least]);
  const selected = chosen !== undefined && shown.includes(chosen) ? chosen : undefined;
  return (
    <section aria-labelledby="found">
      <h2 id="found">
        {shown.length} of {found.relations.length} relations
      </h2>
      {found.problems.map((problem) => (
        <p class="failure" key={problem}>
          {problem}
        </p>
      ))}
      <label class="slider">
        At least {percent(least)} probable
        <input
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={least}
          onInput={(event) => setLeast(Number(event.currentTarget.value))}
        />
      </label>
      <div class="columns">
        <article class="panel text" aria-label="The text">
          {found.passages.map((passage, index) => (
            <p key={index} class={index === 0 && found.passages.length > 1 ? "title" : ""}>
              <Marked text={passage} marks={marksOf(found, shown, selected, index)} />
            </p>
          ))}
        </article>
        <ul class="relations">
          {shown.map((relation, i) => (
            <li key={i}>
              <button
                type="button"
                aria-pressed={relation === selected}
                onClick={() => setChosen(relation === selected ? undefined : relation)}
              >
                <span>
                  <b class="head">{relation.head.text}</b> {relation.relation} <b class="tail">{relation.tail.text}</b>
                </span>
                <span class="probability">{percent(relation.probability)}</span>
                {relation.evidence === null ? null : <small>“{relation.evidence.text}”</small>}
              </button>
            </li>
          ))}
          {shown.length === 0 ? <li class="none">Nothing so probable was found in this text.</li> : null}
        </ul>
      </div>
    </section>
  );
}

/** Arguments of the chosen relation and its evidence; of all that are shown where none is chosen. */
function marksOf(
  { mentions }: Found,
  shown: readonly WireRelation[],
  selected: WireRelation | undefined,
  passage: number,
): Mark[] {
  const relations = selected === undefined ? shown : [selected];
  const argumentsOf = relations.flatMap(({ head, tail }) => [
    ...head.spans.map((span) => ({ ...span, kind: "head", title: head.type })),
    ...tail.spans.map((span) => ({ ...span, kind: "tail", title: tail.type })),
  ]);
  const evidence = selected?.evidence == null ? [] : [{ ...selected.evidence, kind: "evidence" }];
  const names = mentions.map(({ type, ...span }) => ({ ...span, kind: "name", title: type }));
  return [...argumentsOf, ...evidence, ...names].filter((mark) => mark.passage === passage);
}
