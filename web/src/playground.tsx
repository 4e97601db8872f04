/** Text from a model: as it grows, with the probability of each token; beams side by side; conversations. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ChatCompletionChunk, Completion, ModelCard } from "../../src/server/contract.ts";
import { stream } from "./api.ts";
import { type Attached, Attachments, maySend, partOf } from "./molecules/attachments.tsx";
import { NumberField } from "./number-field.tsx";
import { Failure, percent } from "./parts.tsx";
import { RunButtons } from "./run-buttons.tsx";
import { useWork } from "./work.ts";

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

/** A piece of one of the sequences, or what is said of the request. */
type Piece =
  | { readonly index: number; readonly text: string; readonly tokens: readonly Token[]; readonly ended: string | null }
  | { readonly notes: readonly string[] };

const EMPTY: Sequence = { text: "", tokens: [], ended: null };
/** Alternatives of a token. */
const ALTERNATIVES = 5;

/** What is asked where nothing was typed yet. */
const BEGINNING = "COVID-19 is";
const QUESTION = "What is hypertension?";
const ABOUT_MOLECULES = "Please describe this molecule.";

export function Playground({ models }: { readonly models: readonly ModelCard[] }): ComponentChildren {
  const able = models.filter(({ abilities }) => abilities.includes("completions") || abilities.includes("chat"));
  const [name, setName] = useState("");
  const model = able.find(({ id }) => id === name) ?? able[0];
  const kinds = (["molecule", "protein"] as const).filter((kind) => model?.abilities.includes(`${kind}s`));
  const canChat = model?.abilities.includes("chat") === true;
  const canContinue = model?.abilities.includes("completions") === true;
  const [chosenChat, setChat] = useState<boolean>();
  const asChat = canChat && (!canContinue || (chosenChat ?? kinds.length > 0));
  const [typed, setTyped] = useState<string>();
  const prompt = typed ?? (!asChat ? BEGINNING : kinds.length > 0 ? ABOUT_MOLECULES : QUESTION);
  const [attached, setAttached] = useState<readonly Attached[]>([]);
  const about = asChat ? attached.filter(({ kind }) => kinds.includes(kind)) : [];
  const [length, setLength] = useState(40);
  const [temperature, setTemperature] = useState(0);
  const [beams, setBeams] = useState(1);
  const [sequences, setSequences] = useState<readonly Sequence[]>([]);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [round, setRound] = useState(0);
  const work = useWork();

  const write = async (signal: AbortSignal): Promise<void> => {
    const found: Sequence[] = Array.from({ length: beams }, () => EMPTY);
    setSequences(found);
    setNotes([]);
    setRound(round + 1);
    const common = {
      ...{ model: model?.id, max_tokens: length, stream: true, temperature },
      ...(beams > 1 ? { beams, n: beams } : {}),
    };
    const alternatives = beams > 1 ? 0 : ALTERNATIVES;
    const content = about.length === 0 ? prompt : [...about.map(partOf), { type: "text", text: prompt }];
    const messages = [{ role: "user", content }];
    const pieces = asChat
      ? chatPieces({ ...common, messages, logprobs: true, top_logprobs: alternatives }, signal)
      : textPieces({ ...common, prompt, logprobs: alternatives }, signal);
    for await (const piece of pieces) {
      if (signal.aborted) return;
      if ("notes" in piece) {
        setNotes(piece.notes);
        continue;
      }
      const before = found[piece.index]!;
      const tokens = [...before.tokens, ...piece.tokens];
      found[piece.index] = { text: before.text + piece.text, tokens, ended: piece.ended };
      setSequences([...found]);
    }
  };

  return (
    <>
      <h1>Playground</h1>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void work.run(write);
        }}
      >
        {asChat && kinds.length > 0 ? <Attachments attached={about} kinds={kinds} onChange={setAttached} /> : null}
        <label>
          {asChat ? "Question" : "Text to continue"}
          <textarea rows={4} value={prompt} onInput={(event) => setTyped(event.currentTarget.value)} />
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
          <NumberField label="Tokens" value={length} onValue={setLength} min={1} max={1000} />
          <NumberField
            label="Temperature"
            value={temperature}
            onValue={setTemperature}
            {...{ min: 0, max: 2, step: 0.1, disabled: beams > 1 }}
          />
          <NumberField label="Beams" value={beams} onValue={setBeams} min={1} max={8} />
          {canChat && canContinue ? (
            <label class="check">
              <input type="checkbox" checked={asChat} onChange={(event) => setChat(event.currentTarget.checked)} /> as a
              conversation
            </label>
          ) : null}
          <RunButtons
            label={asChat ? "Ask" : "Continue"}
            work={work}
            disabled={prompt.trim() === "" || model === undefined || !maySend(about)}
          />
        </div>
      </form>
      <Failure error={work.error} retry={work.again} />
      {notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      {sequences.length === 0 || (work.error !== undefined && sequences.every(({ text }) => text === "")) ? null : (
        <section class="columns" aria-label="What the model wrote" aria-busy={work.isRunning}>
          {sequences.map((sequence, i) => (
            <Written
              key={`${round} ${i}`}
              sequence={sequence}
              label={sequences.length > 1 ? `Beam ${i + 1}` : asChat ? "Answer" : "Text"}
            />
          ))}
        </section>
      )}
      {sequences.some(({ tokens }) => tokens.length > 0) ? <Likely /> : null}
      <p class="note">A language model can be wrong; nothing that it says is medical advice.</p>
    </>
  );
}

async function* chatPieces(body: object, signal: AbortSignal): AsyncGenerator<Piece, void, void> {
  for await (const { choices, notes } of stream<ChatCompletionChunk>("/v1/chat/completions", body, signal)) {
    if (notes !== undefined) yield { notes };
    for (const { index, delta, logprobs, finish_reason: ended } of choices) {
      const tokens = (logprobs?.content ?? []).map(({ token, logprob, top_logprobs: top }) => {
        return { text: token, logprob, others: top.map((other) => [other.token, other.logprob] as const) };
      });
      yield { index, text: delta.content ?? "", tokens, ended };
    }
  }
}

async function* textPieces(body: object, signal: AbortSignal): AsyncGenerator<Piece, void, void> {
  for await (const { choices } of stream<Completion>("/v1/completions", body, signal)) {
    for (const { index, text, logprobs, finish_reason: ended } of choices) {
      const tokens = (logprobs?.tokens ?? []).map((token, i) => ({
        text: token,
        logprob: logprobs!.token_logprobs[i]!,
        others: Object.entries(logprobs!.top_logprobs?.[i] ?? {}),
      }));
      yield { index, text, tokens, ended };
    }
  }
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
          ? `${tokens.length} tokens${tokens.length === 0 ? "" : `, ${(-likelihood / tokens.length).toFixed(2)} nats each`}${ended === null ? "" : `, ended by ${ended === "stop" ? "the model" : ended}`}`
          : `“${token.text.trim()}” ${percent(Math.exp(token.logprob))}${token.others.length === 0 ? "" : ` of ${token.others.map(([other, p]) => `“${other.trim()}” ${percent(Math.exp(p))}`).join(", ")}`}`}
      </p>
    </article>
  );
}

/** Probabilities at which a token's colour changes. */
const BOUNDS = [0.05, 0.2, 0.5, 0.8];

/** 0 for the unlikeliest, 4 for the surest. */
function bucket(logprob: number): number {
  const probability = Math.exp(logprob);
  return BOUNDS.filter((bound) => probability >= bound).length;
}

/** What the colours say. */
function Likely(): ComponentChildren {
  return (
    <p class="note likely">
      <span>Probability of a token under</span>
      {BOUNDS.map((bound, i) => (
        <span key={bound} class={`token p${i}`}>
          {100 * bound} %
        </span>
      ))}
    </p>
  );
}
