/** The page: two models that run where it is shown. */
import { type ComponentChildren, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../../src/style.css";
import "./site.css";
import { openSite, type Site } from "./models.ts";
import { Failure } from "./opening.tsx";
import { Reading } from "./reading.tsx";
import { Writing } from "./writing.tsx";

function Page(): ComponentChildren {
  const [site, setSite] = useState<Site>();
  const [error, setError] = useState<unknown>();
  const [isKept, setKept] = useState(false);
  useEffect(() => {
    openSite((why) => setError(new Error(`The worker that runs the models has failed: ${why}`))).then(
      setSite,
      setError,
    );
    // Absent where the address is not secure: the page then needs the network each time, and has one thread.
    navigator.serviceWorker?.register("service-worker.js").then(
      () => navigator.serviceWorker.ready.then(() => setKept(true)),
      () => {},
    );
  }, []);
  return (
    <>
      <header>
        <h1 class="brand">biogpt in the browser</h1>
        <p class="note facts">
          {site === undefined ? "" : `WebAssembly, ${site.threads} ${site.threads === 1 ? "thread" : "threads"}`}
          {isKept ? " · works without a network once a model was opened" : ""}
          {isKept && !crossOriginIsolated ? " · faster with several threads when the page is reloaded" : ""}
        </p>
      </header>
      <main>
        <p>
          Small models of BioGPT's kind, fetched once (15 MB each) and run on your machine: no text leaves this page. Do
          not rely on what they say.
        </p>
        <Failure error={error} />
        {site === undefined ? (
          error === undefined && <p class="note">Loading …</p>
        ) : (
          <>
            <Reading site={site} />
            <Writing site={site} />
          </>
        )}
      </main>
    </>
  );
}

render(<Page />, document.getElementById("app")!);
