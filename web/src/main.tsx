/** The page of `biogpt serve`: views by their path, over what the server says it can do. */
import { type ComponentChildren, render } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { ModelCard, ModelList, ServerFacts } from "../../src/server/contract.ts";
import { get } from "./api.ts";
import { Jobs } from "./jobs.tsx";
import { Link, usePlace } from "./navigation.tsx";
import { Failure } from "./parts.tsx";
import { Playground } from "./playground.tsx";
import { Relations } from "./relations.tsx";
import { Runs } from "./runs.tsx";
import "./style.css";

interface View {
  readonly path: string;
  readonly title: string;
  /** Paths of what is reached from it. */
  readonly below?: readonly string[];
  readonly show: (served: Served) => ComponentChildren;
}

interface Served {
  readonly models: readonly ModelCard[];
  readonly facts: ServerFacts;
}

const loadGraph = async (): Promise<() => ComponentChildren> => (await import("./graph/views.tsx")).GraphViews;
const showGraph = (): ComponentChildren => <Later load={loadGraph} />;
/** The view that needs nothing of the server's models, and does not wait for them. */
const GRAPH = "/graph";

// Begun before the page is there: nothing is seen of a graph before it has come.
if ([GRAPH, "/association"].includes(location.pathname)) void loadGraph().catch(() => {}); // the view tells

const VIEWS: readonly View[] = [
  { path: "/", title: "Relations", show: (served) => <Relations {...served} /> },
  { path: GRAPH, title: "Graph", below: ["/association"], show: showGraph },
  { path: "/playground", title: "Playground", show: ({ models }) => <Playground models={models} /> },
  { path: "/jobs", title: "Jobs", show: ({ models }) => <Jobs models={models} /> },
  { path: "/runs", title: "Runs", show: () => <Runs /> },
  { path: "/models", title: "Models", show: ({ models }) => <Models models={models} /> },
];

/** Milliseconds between two looks while models are being loaded. */
const LOOK_EVERY = 1000;

function App(): ComponentChildren {
  const { path } = usePlace();
  const [served, setServed] = useState<Served>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const [{ data: models }, facts] = await Promise.all([
          get<ModelList>("/v1/models", control.signal),
          get<ServerFacts>("/v1/server", control.signal),
        ]);
        setServed({ models, facts });
        setError(undefined);
        if (models.every(({ ready }) => ready)) return;
      } catch (thrown) {
        if (control.signal.aborted) return;
        setError(thrown);
      }
      timer = setTimeout(() => void look(), LOOK_EVERY);
    };
    void look();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [round]);
  const view = VIEWS.find((one) => [one.path, ...(one.below ?? [])].includes(path));
  useEffect(() => {
    document.title = `${view?.title ?? "Not found"} – biogpt`;
  }, [view]);
  const loading = served?.models.filter(({ ready }) => !ready) ?? [];
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header>
        <span class="brand">biogpt</span>
        <nav aria-label="Views">
          {VIEWS.map((one) => (
            <Link key={one.path} to={one.path} current={one === view}>
              {one.title}
            </Link>
          ))}
        </nav>
        <span class="note" role="status">
          {loading.length === 0 ? "" : `loading ${loading[0]!.id}…`}
        </span>
      </header>
      <main id="content" tabIndex={-1} class={view?.path === GRAPH ? "wide" : ""}>
        <Failure error={error} retry={() => setRound(round + 1)} />
        {view === undefined ? (
          <>
            <h1>There is nothing at this address</h1>
            <p class="panel">The views of this page are named above.</p>
          </>
        ) : view.path === GRAPH ? (
          showGraph()
        ) : served !== undefined ? (
          view.show(served)
        ) : error === undefined ? (
          <p role="status">Asking the server…</p>
        ) : null}
      </main>
    </>
  );
}

/** A view whose code is fetched when it is looked at: what draws graphs is as large as all the rest. */
function Later({ load }: { readonly load: () => Promise<() => ComponentChildren> }): ComponentChildren {
  const [Shown, setShown] = useState<() => ComponentChildren>();
  const [error, setError] = useState<unknown>();
  useLayoutEffect(() => {
    load().then((shown) => setShown(() => shown), setError);
  }, [load]);
  if (Shown !== undefined) return <Shown />;
  return error === undefined ? <p role="status">Loading…</p> : <Failure error={error} />;
}

function Models({ models }: { readonly models: readonly ModelCard[] }): ComponentChildren {
  return (
    <>
      <h1>Models that are served</h1>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of models">
        <table>
          <thead>
            <tr>
              <th scope="col">name</th>
              <th scope="col">can be asked for</th>
              <th scope="col">made for</th>
              <th scope="col">context</th>
              <th scope="col">state</th>
            </tr>
          </thead>
          <tbody>
            {models.map(({ id, abilities, schemes, max_positions: context, ready }) => (
              <tr key={id}>
                <th scope="row">{id}</th>
                <td>{abilities.join(", ")}</td>
                <td>{schemes.join(", ")}</td>
                <td>{context ?? ""}</td>
                <td>{ready ? "ready" : "loading"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p>
        The interface is described in <a href="/openapi.json">/openapi.json</a>.
      </p>
    </>
  );
}

render(<App />, document.getElementById("app")!);
