/** Relations of an abstract: arguments marked in the text, evidence, and how sure the model is. */
import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type {
  EntitiesResponse,
  ModelCard,
  PubmedDocument,
  RelationsResponse,
  ServerFacts,
  WireMention,
  WireRelation,
} from "../../src/server/contract.ts";
import { get, post } from "./api.ts";
import type { Mark } from "./highlight.ts";
import { Failure, Marked, percent } from "./parts.tsx";
import { PubmedField } from "./pubmed-field.tsx";
import { RunButtons } from "./run-buttons.tsx";
import { useWork } from "./work.ts";

const EXAMPLE = {
  title: "Indomethacin-induced hypotension in sodium-depleted rats.",
  abstract:
    "The effect of indomethacin on blood pressure was studied in rats that had been depleted of sodium. Indomethacin caused hypotension and acute renal failure. Ketoconazole should not be taken with simvastatin, as it raises the risk of myopathy.",
};

interface Text {
  readonly title: string;
  readonly abstract: string;
  /** Where it was fetched and not changed since. */
  readonly pmid?: string;
}

interface Found {
  readonly passages: readonly string[];
  readonly pmid: string | undefined;
  readonly relations: readonly WireRelation[];
  readonly mentions: readonly WireMention[];
  readonly problems: readonly string[];
}

export interface RelationsProps {
  readonly models: readonly ModelCard[];
  readonly facts: ServerFacts;
}

export function Relations({ models, facts }: RelationsProps): ComponentChildren {
  const schemes = models.filter(({ abilities }) => abilities.includes("relations")).flatMap((model) => model.schemes);
  const [text, setText] = useState<Text>(EXAMPLE);
  const [scheme, setScheme] = useState("");
  const [found, setFound] = useState<Found>();
  const work = useWork();
  const isFetching = useRef(false);
  const { title, abstract } = text;
  const type = (typed: Text): void => {
    // Whoever writes while an article is fetched wants the own text.
    if (isFetching.current) work.stop();
    setText(typed);
  };

  const find = async (of: Text, signal: AbortSignal): Promise<void> => {
    const wanted = scheme || schemes[0];
    const tags = models.some(({ abilities }) => abilities.includes("entities"));
    const found = await foundIn(of, wanted, tags, signal);
    if (!signal.aborted) setFound(found);
  };
  const fetchAndFind = async (pmid: string, signal: AbortSignal): Promise<void> => {
    isFetching.current = true;
    const [article] = await get<readonly PubmedDocument[]>(`/pubmed/${pmid}`, signal).finally(() => {
      isFetching.current = false;
    });
    const fetched = textOf(article!);
    if (signal.aborted) return;
    setText(fetched);
    setFound(undefined);
    if (schemes.length > 0) await find(fetched, signal);
  };

  return (
    <>
      <h1>Relations in an abstract</h1>
      <div class="panel">
        <PubmedField
          isAllowed={facts.network}
          isBusy={work.isRunning}
          onFetch={(pmid) => void work.run((signal) => fetchAndFind(pmid, signal))}
        />
        <form
          class="fields"
          onSubmit={(event) => {
            event.preventDefault();
            void work.run((signal) => find(text, signal));
          }}
          onDragOver={(event) => event.preventDefault()}
          onDrop={async (event) => {
            event.preventDefault();
            const file = event.dataTransfer?.files[0];
            if (file !== undefined) type({ title: "", abstract: (await file.text()).trim() });
          }}
        >
          <label>
            Title
            <input value={title} onInput={(event) => type({ title: event.currentTarget.value, abstract })} />
          </label>
          <label>
            Abstract (a text file can be dropped here)
            <textarea
              rows={7}
              value={abstract}
              onInput={(event) => type({ title, abstract: event.currentTarget.value })}
            />
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
            <RunButtons label="Find relations" work={work} disabled={title + abstract === "" || schemes.length === 0} />
            <span role="status">
              {work.isRunning ? "Reading…" : schemes.length === 0 ? "No model that is served finds relations." : ""}
            </span>
          </div>
        </form>
      </div>
      <Failure error={work.error} retry={work.again} />
      {found === undefined ? null : <FoundRelations found={found} />}
    </>
  );
}

function textOf({ pmid, passages }: PubmedDocument): Text {
  const of = (isWanted: (kind: string) => boolean): string =>
    passages
      .filter(({ kind }) => isWanted(kind))
      .map(({ text }) => text)
      .join("\n");
  return { pmid, title: of((kind) => kind === "title"), abstract: of((kind) => kind !== "title") };
}

/** @param tags whether names are asked for, too */
async function foundIn(
  { title, abstract, pmid }: Text,
  scheme: string | undefined,
  tags: boolean,
  signal: AbortSignal,
): Promise<Found> {
  const document = { id: pmid ?? "page", ...(title === "" ? {} : { title }), ...(abstract === "" ? {} : { abstract }) };
  const body = { documents: [document], ...(scheme === undefined ? {} : { scheme }) };
  const [{ relations, problems }, names] = await Promise.all([
    post<RelationsResponse>("/v1/relations", body, signal),
    tags ? post<EntitiesResponse>("/v1/entities", { documents: [document] }, signal) : undefined,
  ]);
  return {
    pmid,
    passages: [title, abstract].filter((passage) => passage !== ""),
    relations,
    mentions: names?.documents[0]?.mentions ?? [],
    problems: problems.map(({ what }) => what),
  };
}

function FoundRelations({ found }: { readonly found: Found }): ComponentChildren {
  const [least, setLeast] = useState(0);
  const [chosen, setChosen] = useState<WireRelation>();
  const shown = useMemo(() => found.relations.filter(({ probability }) => probability >= least), [found, least]);
  const selected = chosen !== undefined && shown.includes(chosen) ? chosen : undefined;
  return (
    <section aria-labelledby="found">
      <div class="results">
        <h2 id="found">
          {shown.length} of {found.relations.length} relations
        </h2>
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
      </div>
      {found.problems.map((problem) => (
        <p class="failure" key={problem}>
          {problem}
        </p>
      ))}
      <div class="columns">
        <article class="panel text" aria-label="The text">
          {found.passages.map((passage, index) => (
            <p key={index} class={index === 0 && found.passages.length > 1 ? "title" : ""}>
              <Marked text={passage} marks={marksOf(found, shown, selected, index)} />
            </p>
          ))}
          {found.pmid === undefined ? null : (
            <p class="note">
              <a href={`https://pubmed.ncbi.nlm.nih.gov/${found.pmid}/`} target="_blank" rel="noreferrer">
                PubMed {found.pmid}
              </a>
            </p>
          )}
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
