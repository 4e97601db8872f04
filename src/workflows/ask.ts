/** One question about molecules and proteins, as `biogpt ask` puts it. */
import { basename } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { molecularGraph } from "../molecules/chemistry.ts";
import { readProteins } from "../molecules/proteins.ts";
import type { ChatReply } from "../pretrained/chat/converse.ts";
import { embeddedModels, isKnownAlone } from "../pretrained/hub/hub-names.ts";
import type { TextSettings } from "../pretrained/model.ts";
import type { Attachment, ChatMessage } from "../tokenizers/chat/conversation.ts";
import { findAttachment, type NamedAttachment } from "./attachments.ts";
import { type AnswerSource, knownOfFolder, openKnown, sourceLine } from "./known-descriptions.ts";
import { findModel, folderOfModel, type ModelSettings } from "./open-model.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

/** The model that is asked where none is named, if the package has it. */
export const ASK_MODEL = "biomedgpt-mini";

export interface AskSettings
  extends ModelSettings,
    Pick<TextSettings, "maxNewTokens" | "temperature" | "topP" | "seed" | "repetitionPenalty"> {
  /** What the question is about, in order. Default: nothing, a question in words alone. */
  readonly attachments?: readonly NamedAttachment[] | undefined;
  /** What the model is told first. Default: the format's own. */
  readonly system?: string | undefined;
  /** One of `CHAT_FORMATS`. Default: the template of the model's folder, else the one that its family is used with. */
  readonly format?: string | undefined;
  /** An answer whose log-likelihood is wanted too; the language model then answers by itself. */
  readonly answer?: string | undefined;
  /**
   * A file of molecules or proteins with answers (ChEBI-20, JSON Lines, …): a question that it answers for a relative of the one that is attached gets that
   * answer. Default: what lies in the model's folder (`known.jsonl.gz`), if anything.
   */
  readonly known?: string | undefined;
  /** Whether the language model answers by itself, whatever is known of relatives. Default false. */
  readonly alone?: boolean | undefined;
}

/** Another piece of the answer's text. */
export interface TextEvent {
  readonly type: "text";
  readonly text: string;
}

export interface Asked extends Omit<ChatReply, "finishReason"> {
  /** `copied`: nothing was generated, the answer is that of `neighbour`; prompt and ids are then empty. */
  readonly finishReason: ChatReply["finishReason"] | "copied";
  /** The known molecule or protein whose answer this is; absent where the language model answered. */
  readonly neighbour?: AnswerSource;
  /** Name of the model; of an answer that was copied, of the file that it is from. */
  readonly model: string;
}

/**
 * Asks a model about what is attached. Everything that is wrong with the attachments is told before the model is loaded, but for what only it knows.
 *
 * @throws BiogptError `tasks/no-question`, `tasks/no-model` where only a network could answer and there is none, `tasks/option`, `input/…` and `molecules/…` for attachments, `pretrained/no-encoder`, `generation/prompt-too-long`, those of
 *         `loadModel`; stopped by the signal, it gives what there was, with the `finishReason` "aborted"
 * @example
 *     import { ask } from "biogpt/workflows";
 *
 *     const attachments = [{ kind: "molecule", text: "CC(=O)Oc1ccccc1C(=O)O" }] as const;
 *     const { text } = await ask("Please describe this molecule.", { model: "PharMolix/BioMedGPT-10B", attachments });
 */
export async function ask(
  question: string,
  { model, load, attachments = [], system, known, alone = false, ...settings }: AskSettings = {},
  context: WorkflowContext<NoteEvent | ProgressEvent | TextEvent> = {},
): Promise<Asked> {
  if (question.trim() === "") {
    throw new BiogptError("tasks/no-question", { what: "There is no question.", fix: "Ask something." });
  }
  if (known !== undefined && (alone || settings.answer !== undefined)) {
    const what = `Known answers have no effect ${alone ? "where the model answers alone" : "on the likelihood of an answer"}.`;
    throw new BiogptError("tasks/option", { what, fix: `Leave out --known or --${alone ? "alone" : "answer"}.` });
  }
  const { signal, onEvent } = context;
  const onNote = (text: string): void => onEvent?.({ type: "note", text: `note: ${text}` });
  const found = await Promise.all(attachments.map((one) => findAttachment(one)));
  for (const note of found.flatMap(({ notes }) => notes)) onNote(note);
  const asked = model ?? embeddedModels().find(({ name }) => name === ASK_MODEL)?.name;
  const [only, ...more] = found.map(({ attachment }) => attachment);
  if (!alone && settings.answer === undefined && only !== undefined && more.length === 0) {
    const copied = await knownAnswer(question, only, { model: asked, load, known }, context);
    if (copied !== undefined) return copied;
  }
  const folder = typeof asked === "string" ? await folderOfModel(asked, { ...load, signal }) : asked?.folder;
  if (asked === undefined || (folder !== undefined && isKnownAlone(folder)))
    throw await noNetwork(asked === undefined ? undefined : basename(folder!), folder, known);
  if (known !== undefined)
    onNote(`${known} has no answer to this question about one molecule or protein; the model is asked.`);
  const messages: ChatMessage[] = [
    ...(system === undefined ? [] : [{ role: "system", content: system } as const]),
    { role: "user", content: question, attachments: found.map(({ attachment }) => attachment) },
  ];
  using opened = await (await findModel(asked, load, context)).open(1);
  const onText = (text: string): void => onEvent?.({ type: "text", text });
  const reply = await opened.model.chat(messages, { ...settings, onNote, onText, signal });
  return { ...reply, model: opened.model.name };
}

/** Nobody is there who could answer: what was asked is not known, and the model does nothing else. */
async function noNetwork(
  name: string | undefined,
  folder: string | undefined,
  known: string | undefined,
): Promise<BiogptError> {
  const questions = (await knownOfFolder(folder))?.questions ?? [];
  const asked = questions.map((question) => JSON.stringify(question)).join(", ");
  return new BiogptError("tasks/no-model", {
    what: `There is no language model to ask${known === undefined ? "" : `, and ${known} does not answer this`}.`,
    ...(name === undefined
      ? {}
      : { why: `${name} knows texts of molecules and no more: it answers ${asked}, about one.` }),
    fix: "Ask that, name a model with --model (a folder, or PharMolix/BioMedGPT-10B), or a file of known answers with --known.",
  });
}

/** The answer of a relative of what is attached, if it is known. */
async function knownAnswer(
  question: string,
  attachment: Attachment,
  { model, load, known }: Pick<AskSettings, "model" | "load" | "known">,
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent | TextEvent>,
): Promise<Asked | undefined> {
  const folder = (): Promise<string | undefined> =>
    typeof model === "string" ? folderOfModel(model, { ...load, signal }) : Promise.resolve(model?.folder);
  const library =
    known === undefined
      ? await knownOfFolder(await folder())
      : await openKnown(known, { signal, onEvent }, load?.cacheFolder);
  const found = await library?.find(question, attachment);
  if (found === undefined) return undefined;
  const { text, ...neighbour } = found;
  onEvent?.({ type: "note", text: `note: ${sourceLine(found, attachment.kind)}` });
  onEvent?.({ type: "text", text });
  return {
    ...{ prompt: "", promptIds: [], positions: 0, ids: [], text, finishReason: "copied" },
    ...(await described(attachment)),
    neighbour,
    model: neighbour.source,
  };
}

async function described({ kind, text }: Attachment): Promise<Pick<Asked, "molecules" | "proteins">> {
  if (kind === "molecule") {
    const { smiles, atomTypes } = await molecularGraph(text);
    return { molecules: [{ smiles, atoms: atomTypes.length }], proteins: [] };
  }
  const proteins = readProteins(text).map(({ name, sequence }) => ({
    ...{ name, residues: sequence.length, used: sequence.length },
  }));
  return { molecules: [], proteins };
}
