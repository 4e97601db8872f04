/** A text that is continued in the page, as it grows. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { NumberField } from "../../src/number-field.tsx";
import type { Site } from "./models.ts";
import { Failure, OpeningState, useOpening } from "./opening.tsx";

interface Written {
  readonly prompt: string;
  readonly text: string;
  readonly tokens: number;
  /** Since the first token, which waits for the prompt. */
  readonly milliseconds: number;
}

export function Writing({ site }: { readonly site: Site }): ComponentChildren {
  const [prompt, setPrompt] = useState("Treatment of hypertension with");
  const [length, setLength] = useState(60);
  const [temperature, setTemperature] = useState(0.7);
  const [written, setWritten] = useState<Written>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const control = useRef<AbortController>(undefined);
  const opening = useOpening((options) => site.openWriter(options));

  const write = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const writer = await opening.get();
      if (writer === undefined) return;
      control.current = new AbortController();
      let [text, tokens, first] = ["", 0, 0];
      const sampling = temperature === 0 ? {} : { temperature, topP: 0.95 };
      const settings = { maxNewTokens: length, ...sampling, signal: control.current.signal };
      for await (const piece of writer.stream(prompt, settings)) {
        if (tokens === 0) first = performance.now();
        text += (piece.separator ?? "") + piece.text;
        tokens += piece.ids.length;
        setWritten({ prompt, text, tokens, milliseconds: performance.now() - first });
      }
    } catch (thrown) {
      if (control.current?.signal.aborted !== true) setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="writing">
      <h2 id="writing">Continue a text</h2>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void write();
        }}
      >
        <label>
          Beginning
          <input value={prompt} maxlength={4000} onInput={(event) => setPrompt(event.currentTarget.value)} />
        </label>
        <div class="row">
          <NumberField label="Tokens" value={length} onValue={setLength} min={1} max={400} />
          <NumberField
            label="Temperature (0 is the likeliest)"
            value={temperature}
            onValue={setTemperature}
            {...{ min: 0, max: 2, step: 0.1 }}
          />
          <button type="submit" disabled={isBusy || prompt.trim() === ""}>
            {isBusy ? "Writing …" : "Continue"}
          </button>
          {isBusy ? (
            <button type="button" onClick={() => control.current?.abort()}>
              Stop
            </button>
          ) : null}
        </div>
      </form>
      <OpeningState {...opening} />
      <Failure error={error} />
      {written === undefined ? null : (
        <div class="panel written">
          <p>
            <b>{written.prompt}</b>
            <span data-text>{written.text}</span>
          </p>
          <p class="note" role="status">
            {written.tokens} tokens
            {written.tokens > 1
              ? `, ${((1000 * (written.tokens - 1)) / written.milliseconds).toFixed(0)} a second`
              : ""}
          </p>
        </div>
      )}
    </section>
  );
}
