/** Text from a model: as it grows, with the probability of each token; beams side by side; conversations. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ChatCompletionChunk, Completion, ModelCard } from "../../src/server/contract.ts";
import { stream } from "./api.ts";
import { Failure, percent } from "./parts.tsx";

interface Token {
  readonly text: string;
  readonly logprob: number;
  readonly others: readonly (readonly [text: string, logprob: number])[];
}

interface Sequence {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly ended: string | null;
}

const EMPTY: Sequence = { text: "", tokens: [], ended: null };

export function Playground({ models }: { readonly models: readonly ModelCard[] }): ComponentChildren {
  const able = models.filter(({ abilities }) => abilities.includes("completions"));
  const [name, setName] = useState("");
  const model = able.find(({ id }) => id === name) ?? able[0];
  const [asChat, setAsChat] = useState(false);
  const [prompt, setPrompt] = useState("COVID-19 is");
  const [length, setLength] = useState(40);
  const [temperature, setTemperature] = useState(0);
  const [beams, setBeams] = useState(1);
  const [sequences, setSequences] = useState<readonly Sequence[]>([]);
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const [running, setRunning] = useState<AbortController>();
  const canChat = model?.abilities.includes("chat") === true;

  const run = async (): Promise<void> => {
    const control = new AbortController();
    const found: Sequence[] = Array.from({ length: beams }, () => EMPTY);
    setRunning(control);
    setError(undefined);
    setSequences(found);
    setRound(round + 1);
    const common = {
      ...{ model: model?.id, max_tokens: length, stream: true, temperature },
      ...(beams > 1 ? { beams, n: beams } : {}),
    };
    const add = (index: number, text: string, tokens: readonly Token[], ended: string | null): void => {
      const before = found[index]!;
      found[index] = { text: before.text + text, tokens: [...before.tokens, ...tokens], ended };
      setSequences([...found]);
    };
    try {
      if (asChat && canChat) {
        const body = {
          ...common,
          messages: [{ role: "user", content: prompt }],
          logprobs: true,
          top_logprobs: beams > 1 ? 0 : 5,
        };
        for await (const { choices } of stream<ChatCompletionChunk>("/v1/chat/completions", body, control.signal))
          for (const { index, delta, logprobs, finish_reason: ended } of choices) {
            const tokens = (logprobs?.content ?? []).map(({ token, logprob, top_logprobs: top }) => {
              return { text: token, logprob, others: top.map((other) => [other.token, other.logprob] as const) };
            });
            add(index, delta.content ?? "", tokens, ended);
          }
      } else {
        const body = { ...common, prompt, logprobs: beams > 1 ? 0 : 5 };
        for await (const { choices } of stream<Completion>("/v1/completions", body, control.signal))
          for (const { index, text, logprobs, finish_reason: ended } of choices) {
            const tokens = (logprobs?.tokens ?? []).map((token, i) => ({
              text: token,
              logprob: logprobs!.token_logprobs[i]!,
              others: Object.entries(logprobs!.top_logprobs?.[i] ?? {}),
            }));
            add(index, text, tokens, ended);
          }
      }
    } catch (thrown) {
      if ((thrown as Error).name !== "AbortError") setError(thrown);
    } finally {
      setRunning(undefined);
    }
  };

  const number = (label: string, value: number, set: (value: number) => void, range: object): ComponentChildren => (
    <label>
      {label}
      <input type="number" value={value} {...range} onInput={(event) => set(Number(event.currentTarget.value))} />
    </label>
  );
  return (
    <>
      <h1>Playground</h1>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <label>
          {asChat && canChat ? "Question" : "Text to continue"}
          <textarea rows={4} value={prompt} onInput={(event) => setPrompt(event.currentTarget.value)} />
        </label>
        <div class="row">
          <label>
            Model
            <select value={model?.id} onChange={(event) => setName(event.currentTarget.value)}>
              {able.map(({ id }) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          </label>
          {number("Tokens", length, setLength, { min: 1, max: 1000 })}
          {number("Temperature", temperature, setTemperature, { min: 0, max: 2, step: 0.1, disabled: beams > 1 })}
          {number("Beams", beams, setBeams, { min: 1, max: 8 })}
          {canChat ? (
            <label class="check">
              <input type="checkbox" checked={asChat} onChange={(event) => setAsChat(event.currentTarget.checked)} /> as
              a conversation
            </label>
          ) : null}
          {running === undefined ? (
            <button key="run" type="submit" disabled={prompt.trim() === "" || model === undefined}>
              Continue
            </button>
          ) : (
            <button key="stop" type="button" onClick={() => running.abort()}>
              Stop
            </button>
          )}
        </div>
      </form>
      <Failure error={error} retry={() => void run()} />
      {sequences.length === 0 ? null : (
        <section class="columns" aria-label="What the model wrote" aria-busy={running !== undefined}>
          {sequences.map((sequence, i) => (
            <Written
              key={`${round} ${i}`}
              sequence={sequence}
              label={sequences.length > 1 ? `Beam ${i + 1}` : "Text"}
            />
          ))}
        </section>
      )}
      <p class="note">A language model can be wrong; nothing that it says is medical advice.</p>
    </>
  );
}

/** The tokens, coloured by how likely each was; the pointer, or the arrow keys, ask for one. */
function Written({ sequence, label }: { readonly sequence: Sequence; readonly label: string }): ComponentChildren {
  const [at, setAt] = useState(-1);
  const { tokens, text, ended } = sequence;
  const token = tokens[at];
  const likelihood = tokens.reduce((sum, { logprob }) => sum + logprob, 0);
  return (
    <article class="panel">
      <h2>{label}</h2>
      <section
        class="tokens"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk its tokens
        tabIndex={0}
        aria-label={`${label}: the arrow keys go from token to token`}
        onKeyDown={(event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          setAt(Math.min(tokens.length - 1, Math.max(0, at + step)));
        }}
      >
        {tokens.length === 0
          ? text
          : tokens.map(({ text: piece, logprob }, i) => (
              <span key={i} class={`token p${bucket(logprob)} ${i === at ? "at" : ""}`} onPointerEnter={() => setAt(i)}>
                {piece}
              </span>
            ))}
      </section>
      <p class="note" aria-live="polite">
        {token === undefined
          ? `${tokens.length} tokens${tokens.length === 0 ? "" : `, ${(-likelihood / tokens.length).toFixed(2)} nats each`}${ended === null ? "" : `, ended by ${ended}`}`
          : `“${token.text.trim()}” ${percent(Math.exp(token.logprob))}${token.others.length === 0 ? "" : ` of ${token.others.map(([other, p]) => `“${other.trim()}” ${percent(Math.exp(p))}`).join(", ")}`}`}
      </p>
    </article>
  );
}

/** 0 for the unlikeliest, 4 for the surest. */
function bucket(logprob: number): number {
  const probability = Math.exp(logprob);
  return [0.05, 0.2, 0.5, 0.8].filter((bound) => probability >= bound).length;
}
