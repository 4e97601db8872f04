/** The graph to look around in: from a concept to its neighbours and theirs, from one concept to another, or the strongest of all. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { GraphPathResponse, GraphStatsResponse, WireNetworkPiece } from "../../../src/server/contract.ts";
import { get, lines, Refused } from "../api.ts";
import { go, Link } from "../navigation.tsx";
import { Failure } from "../parts.tsx";
import { ConceptSearch } from "./concept-search.tsx";
import { Drawing } from "./drawing.ts";
import { Filters } from "./filters.tsx";
import { PictureFrame } from "./picture-frame.tsx";
import {
  addressOf,
  associationAddress,
  conceptAddress,
  filterOf,
  type GraphQuestion,
  networkAddress,
} from "./question.ts";
import { RelationsTable } from "./relations-table.tsx";

export interface ExplorerProps {
  readonly question: GraphQuestion;
  /** Undefined while they are asked for, beside what is drawn. */
  readonly statistics: GraphStatsResponse | undefined;
}

interface Drawn {
  readonly drawing: Drawing;
  /** That it was drawn for. */
  readonly question: GraphQuestion;
}

export function Explorer({ question, statistics }: ExplorerProps): ComponentChildren {
  const [drawn, setDrawn] = useState<Drawn>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const [chosen, setChosen] = useState<string>();
  const latest = useRef(question);
  latest.current = question;
  const asked = addressOf(question);
  useLayoutEffect(() => {
    const control = new AbortController();
    const draw = async (): Promise<void> => {
      setBusy(true);
      try {
        const drawing = await drawingOf(question, control.signal);
        if (control.signal.aborted) return;
        setDrawn({ drawing, question });
        setError(undefined);
      } catch (thrown) {
        if (!control.signal.aborted) setError(inThisPage(thrown));
      }
      if (!control.signal.aborted) setBusy(false);
    };
    void draw();
    return () => control.abort();
  }, [asked, round]);

  const types = useMemo(() => statistics?.conceptTypes.map(({ type }) => type) ?? [], [statistics]);
  const drawing = error === undefined && statistics !== undefined ? drawn?.drawing : undefined;
  const concept = drawing?.concepts.get(chosen ?? "");
  const ask = (changed: GraphQuestion): void => go(addressOf(changed));
  const open = (id: string): void => {
    setChosen(id);
    const { concepts, ...rest } = latest.current;
    if (concepts.length > 0 && !concepts.includes(id)) ask({ ...rest, concepts: [...concepts, id] });
  };
  return (
    <div class="explorer">
      <aside class="panel">
        <Searches question={question} onAsk={ask} />
        {statistics === undefined ? null : <Filters question={question} statistics={statistics} onChange={ask} />}
        <p class="note" hidden={statistics === undefined}>
          {statistics?.concepts.toLocaleString("en")} concepts and {statistics?.relations.toLocaleString("en")}{" "}
          relations of {statistics?.documents.toLocaleString("en")} documents
          {asked === "/graph" ? null : (
            <>
              ; <Link to="/graph">the strongest of all</Link>
            </>
          )}
        </p>
      </aside>
      <section class="found" aria-label="What was found" aria-busy={isBusy}>
        <p role="status" class="note">
          {isBusy ? "Asking the graph…" : drawing === undefined ? "" : summary(drawing, drawn!.question)}
        </p>
        <Failure error={error} retry={() => setRound(round + 1)} />
        {drawing === undefined ? null : drawing.relations.length === 0 ? (
          <p class="panel">
            {statistics?.relations === 0
              ? "No relation was found in the documents of this graph, so there is nothing to draw."
              : "No relation passes what is asked. Allow less probable ones, other kinds or more years."}
          </p>
        ) : (
          <>
            <PictureFrame
              drawing={drawing}
              types={types}
              onConcept={open}
              onRelation={(index) => {
                const { head, scheme, relation, tail } = drawing.relations[index]!;
                go(associationAddress({ head: head.id, scheme, relation, tail: tail.id }));
              }}
            />
            {concept === undefined ? null : (
              <p class="panel row">
                <span>
                  <b>{concept.name}</b> <span class="note">{[concept.type, concept.id].join(", ")}</span>
                </span>
                <Link to={conceptAddress(question, concept.id)}>Only its relations</Link>
              </p>
            )}
            <RelationsTable drawing={drawing} question={question} />
          </>
        )}
      </section>
    </div>
  );
}

/** The server's advice is for its own clients; here a field is at hand. */
function inThisPage(thrown: unknown): unknown {
  if (!(thrown instanceof Refused) || thrown.status !== 404) return thrown;
  return new Refused(
    404,
    thrown.message,
    "Type a part of its name into the field: what the graph has is listed there.",
  );
}

/** Asks the server for what is drawn. @throws Refused */
async function drawingOf(question: GraphQuestion, signal: AbortSignal): Promise<Drawing> {
  const drawing = new Drawing();
  if (question.path !== undefined) {
    const query = filterOf(question);
    for (const [end, concept] of Object.entries(question.path)) query.set(end, concept);
    const { concepts, relations } = await get<GraphPathResponse>(`/v1/graph/path?${query}`, signal);
    drawing.addPath(concepts, relations);
  } else if (question.concepts.length === 0) {
    await drawing.add(lines<WireNetworkPiece>(networkAddress(question, undefined), signal));
  } else {
    for (const concept of question.concepts)
      await drawing.add(lines<WireNetworkPiece>(networkAddress(question, concept), signal), concept);
  }
  return drawing;
}

function summary({ concepts, relations }: Drawing, { path, concepts: opened }: GraphQuestion): string {
  const said = `${relations.length.toLocaleString("en")} ${relations.length === 1 ? "relation" : "relations"} of ${concepts.size.toLocaleString("en")} concepts`;
  if (path !== undefined) return `A shortest chain: ${said}.`;
  const hint = opened.length > 0 ? " A click on a concept opens it, one on a relation its sentences." : "";
  return `${opened.length === 0 ? "The strongest: " : ""}${said}.${hint}`;
}

function Searches(props: {
  readonly question: GraphQuestion;
  readonly onAsk: (question: GraphQuestion) => void;
}): ComponentChildren {
  const { question, onAsk } = props;
  const asked = [question.path?.from ?? question.concepts[0] ?? "", question.path?.to ?? ""] as const;
  const [first, setFirst] = useState(asked[0]);
  const [second, setSecond] = useState(asked[1]);
  // A link, a click into the picture or the browser's buttons may ask for other concepts than were typed.
  useEffect(() => {
    setFirst(asked[0]);
    setSecond(asked[1]);
  }, asked);
  const ask = (from: string, to: string): void => {
    if (from.trim() === "") return;
    const limit = question.concepts.length === 0 ? 40 : question.limit;
    if (to.trim() === "") onAsk({ ...question, concepts: [from.trim()], path: undefined, limit });
    else onAsk({ ...question, concepts: [], path: { from: from.trim(), to: to.trim() } });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask(first, second);
      }}
    >
      <ConceptSearch
        label="Concept"
        value={first}
        onText={setFirst}
        onConcept={({ name }) => {
          setFirst(name);
          ask(name, second);
        }}
      />
      <ConceptSearch
        label="Path to (may stay empty)"
        value={second}
        onText={setSecond}
        onConcept={({ name }) => {
          setSecond(name);
          ask(first, name);
        }}
      />
      <button type="submit" disabled={first.trim() === ""}>
        Look
      </button>
    </form>
  );
}
