/** One relation with all that stands behind it: its sentences with both names marked, the papers, and how they were read. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type {
  GraphAssociationResponse,
  GraphStatsResponse,
  WireAssociationSentence,
} from "../../../src/server/contract.ts";
import { get } from "../api.ts";
import type { Mark } from "../highlight.ts";
import { Link } from "../navigation.tsx";
import { Failure, Marked, percent } from "../parts.tsx";
import { useWork, type Work } from "../work.ts";
import { years } from "./relations-table.tsx";

export interface AssociationProps {
  /** Head, scheme, relation and tail, as the page's address has them. */
  readonly query: URLSearchParams;
  readonly statistics: GraphStatsResponse;
}

const PAGE = 20;

export function AssociationPage({ query, statistics }: AssociationProps): ComponentChildren {
  if (["head", "scheme", "relation", "tail"].some((name) => !query.has(name)))
    return (
      <>
        <h1>Relation</h1>
        <p class="panel">
          The address names no relation. <Link to="/graph">The graph</Link> lists those that there are.
        </p>
      </>
    );
  // Another relation is another page: what was asked for the one must not end in the other.
  return <Association key={query.toString()} asked={query.toString()} statistics={statistics} />;
}

function Association(props: { readonly asked: string; readonly statistics: GraphStatsResponse }): ComponentChildren {
  const { asked, statistics } = props;
  const [found, setFound] = useState<GraphAssociationResponse>();
  const work = useWork();
  const more = (offset: number) => async (signal: AbortSignal) => {
    const page = await get<GraphAssociationResponse>(
      `/v1/graph/association?${asked}&limit=${PAGE}&offset=${offset}`,
      signal,
    );
    if (signal.aborted) return;
    setFound((before) =>
      before === undefined ? page : { ...page, sentences: [...before.sentences, ...page.sentences] },
    );
  };
  useEffect(() => void work.run(more(0)), []);
  if (found !== undefined)
    return <Found found={found} statistics={statistics} work={work} onMore={(offset) => void work.run(more(offset))} />;
  if (work.error === undefined) return <p role="status">Asking the graph…</p>;
  return (
    <>
      <h1>Relation</h1>
      <Failure error={work.error} retry={work.again} />
    </>
  );
}

function Found(props: {
  readonly found: GraphAssociationResponse;
  readonly statistics: GraphStatsResponse;
  readonly work: Work;
  readonly onMore: (offset: number) => void;
}): ComponentChildren {
  const { found, statistics, work, onMore } = props;
  const { relation, head, tail, sentences, next } = found;
  useEffect(() => {
    document.title = `${head.name} ${relation.relation} ${tail.name} – biogpt`;
  }, [found]);
  return (
    <article class="association">
      <h1>
        <b class="head">{head.name}</b> {relation.relation} <b class="tail">{tail.name}</b>
      </h1>
      <p class="note">
        {head.type} {head.id} and {tail.type} {tail.id};{" "}
        <Link to={`/graph?${new URLSearchParams({ concept: head.id })}`}>around {head.name}</Link>,{" "}
        <Link to={`/graph?${new URLSearchParams({ concept: tail.id })}`}>around {tail.name}</Link>
      </p>
      <dl class="figures">
        <Figure name="probable" value={percent(relation.probability)} />
        <Figure name={relation.documents === 1 ? "document" : "documents"} value={relation.documents} />
        <Figure name={relation.evidence === 1 ? "sentence" : "sentences"} value={relation.evidence} />
        <Figure name="years" value={years(relation.firstYear, relation.lastYear) || "unknown"} />
        <Figure name="denied" value={relation.negated} />
        <Figure name="supposed" value={relation.speculative} />
        <Figure name="retracted" value={relation.retracted} />
        <Figure name="in people" value={relation.human} />
        <Figure name="in animals" value={relation.animal} />
        <Figure name="in vitro" value={relation.inVitro} />
      </dl>
      <h2>Sentences, the most probable first</h2>
      <ol class="sentences">
        {sentences.map((sentence, i) => (
          <Sentence key={i} sentence={sentence} statistics={statistics} />
        ))}
      </ol>
      <Failure error={work.error} retry={work.again} />
      {next === null ? null : (
        <button type="button" disabled={work.isRunning} onClick={() => onMore(next)}>
          More sentences
        </button>
      )}
    </article>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string | number }): ComponentChildren {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Sentence(props: {
  readonly sentence: WireAssociationSentence;
  readonly statistics: GraphStatsResponse;
}): ComponentChildren {
  const { sentence, statistics } = props;
  const marks: Mark[] = [
    ...(sentence.headPlace === null ? [] : [{ ...sentence.headPlace, kind: "head" }]),
    ...(sentence.tailPlace === null ? [] : [{ ...sentence.tailPlace, kind: "tail" }]),
  ];
  const chips = [
    sentence.negated ? "denied" : "",
    sentence.speculative ? "supposed" : "",
    sentence.retracted ? "retracted" : "",
    sentence.system === null ? "" : ({ human: "in people", animal: "in animals" }[sentence.system] ?? sentence.system),
  ].filter((chip) => chip !== "");
  const { hash, parts } = statistics.pipeline;
  return (
    <li class="panel">
      <blockquote>
        {sentence.sentence === "" ? (
          <span class="note">The source states it without a sentence.</span>
        ) : (
          <Marked text={sentence.sentence} marks={marks} />
        )}
      </blockquote>
      <p class="row tight">
        <span class="probability">{percent(sentence.probability)}</span>
        {chips.map((chip) => (
          <span key={chip} class={`chip ${chip}`}>
            {chip}
          </span>
        ))}
      </p>
      <p>
        {sentence.title === null ? null : <cite>{sentence.title}</cite>}{" "}
        {[sentence.journal, sentence.year].filter((part) => part !== null).join(", ")}
      </p>
      <div class="row tight note">
        <Papers sentence={sentence} />
        <details>
          <summary>Where it comes from</summary>
          Document {sentence.document} of {sentence.source}, read by{" "}
          {sentence.pipeline === hash ? `${parts["reader"]}; identifiers by ${parts["concepts"]}` : "another pipeline"}{" "}
          ({sentence.pipeline ?? "unknown"}).
        </details>
      </div>
    </li>
  );
}

/** Links out of the page: only a click follows them. */
function Papers({ sentence: { pmid, pmcid, doi } }: { readonly sentence: WireAssociationSentence }): ComponentChildren {
  const links: (readonly [name: string, address: string])[] = [
    ...(pmid === null
      ? []
      : [[`PubMed ${pmid}`, `https://pubmed.ncbi.nlm.nih.gov/${encodeURIComponent(pmid)}/`] as const]),
    ...(pmcid === null
      ? []
      : [[pmcid, `https://pmc.ncbi.nlm.nih.gov/articles/${encodeURIComponent(pmcid)}/`] as const]),
    ...(doi === null ? [] : [[`doi:${doi}`, `https://doi.org/${encodeURI(doi)}`] as const]),
  ];
  return links.map(([name, address]) => (
    <a key={name} href={address} target="_blank" rel="noreferrer">
      {name}
    </a>
  ));
}
