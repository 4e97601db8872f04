/**
 * How relations are looked for where nothing is said: which decoding, what is kept, how many hypotheses and documents at once. The model's
 * folder has the first word, the caller the last.
 *
 * | decoding | when it is chosen | keeps |
 * |---|---|---|
 * | pairs | the folder is a reader's (extract-by-reading.ts) | what its rule says, else what is likelier than not |
 * | ranked | the folder has a rule for the scheme in it | what that rule says, else half of the best one's probability |
 * | grounded | otherwise | what the folder's rule for it says, else all that is written |
 * | free | only when asked for | all that is written |
 */
import { BiogptError } from "../base/errors.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import { DEFAULT_RANKED_BEAMS } from "../tasks/relation-extraction/candidate-ranking.ts";
import { chooseRule, DEFAULT_DECISION_RULE, type DecisionRule } from "../tasks/relation-extraction/decision-rule.ts";
import { type RuleDecoding, ruleOf } from "../tasks/relation-extraction/decision-rule-schema.ts";

export type ExtractionDecoding = RuleDecoding | "free";

export interface ExtractionSettings {
  /**
   * `grounded`: arguments can only be stretches of the text. `ranked`: the likeliest single relations of that kind. `free`: as the original.
   * Default: ranked where the model's folder has a rule for the scheme in it, else grounded.
   */
  readonly decoding?: ExtractionDecoding | undefined;
  /** Hypotheses of the search, 1 to 64; 1 is greedy. Default 1, in ranked 16, where 1 is refused. */
  readonly beams?: number | undefined;
  /** Leaves out relations under this probability, as it is written, in [0, 1]. Default: in ranked and grounded what the model's folder says. */
  readonly threshold?: number | undefined;
  /** Documents in work at once, 1 to 64. Default 16 of a reader, else 8; in ranked 64 hypotheses in all. */
  readonly batch?: number | undefined;
  /** Most tokens of an answer. Default 375. No effect in ranked, and refused there. */
  readonly maxNewTokens?: number | undefined;
  /** Tokens guessed from the text and checked at once: same answers, fewer steps; 0 turns it off. Default 8. Refused in ranked. */
  readonly draftTokens?: number | undefined;
  /** Keeps relations whose arguments are not in the text, with empty spans. Default false. Refused in ranked. */
  readonly unanchored?: boolean | undefined;
}

export interface ExtractionPlan extends DecodingSize {
  readonly decoding: ExtractionDecoding;
  /** Whether the model's folder chose it. */
  readonly chosen: boolean;
  readonly rule: DecisionRule | undefined;
  /** The rule in words; "" for none. */
  readonly said: string;
}

/** @throws BiogptError `tasks/option` for settings without effect in the decoding */
export function planExtraction(
  { decisionRules = {} }: ModelTask,
  scheme: string,
  settings: ExtractionSettings,
): ExtractionPlan {
  const learntFor = (decoding: RuleDecoding): DecisionRule | undefined => ruleOf(decisionRules, scheme, decoding);
  const asked = settings.decoding === "pairs" ? undefined : settings.decoding; // of a reader, which has no plan
  const decoding = asked ?? (learntFor("ranked") === undefined ? "grounded" : "ranked");
  const chosen = settings.decoding === undefined;
  if (decoding === "ranked")
    checkRanked(settings, chosen ? "The model's decision rule makes ranked the default." : undefined);
  const free = decoding === "free"; // what it says is not grounded in anything: nothing was learnt of it
  const { rule, said } = free
    ? { rule: undefined, said: "" }
    : chooseRule(learntFor(decoding), settings.threshold, decoding === "ranked" ? DEFAULT_DECISION_RULE : undefined);
  return { decoding, chosen, rule, said, ...(decoding === "ranked" ? rankedSize(settings) : writtenSize(settings)) };
}

/** @param because of what ranked was chosen, where the caller did not name it */
function checkRanked({ beams, maxNewTokens, draftTokens, unanchored }: ExtractionSettings, because?: string): void {
  const refuse = (what: string, fix: string): BiogptError =>
    new BiogptError("tasks/option", {
      ...(because === undefined
        ? { what, fix }
        : { what, why: because, fix: `${fix.slice(0, -1)}, or give --decoding grounded.` }),
    });
  if (beams === 1) throw refuse("Ranked decoding with one beam has nothing to rank.", "Use --beams 2 or more.");
  const idle = Object.entries({ "max-new-tokens": maxNewTokens, "draft-tokens": draftTokens, unanchored });
  const [name] = idle.find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw refuse(`--${name} has no effect in ranked decoding.`, "Leave it out.");
}

/** Slots of the cache over which a default batch spreads: 64 sequences decode at once, four documents of 16 beams. */
const USUAL_SLOTS = 64;
/** However large the batch, documents beyond these slots wait for their turn, so that memory has a bound. */
const MOST_SLOTS = 256;
const USUAL_BATCH = 8;

export interface DecodingSize {
  readonly beams: number;
  /** Documents in work at once. */
  readonly batch: number;
  /** For `loadModel`: one more keeps a beginning that later prompts share. */
  readonly slots: number;
}

type AskedSize = Pick<ExtractionSettings, "beams" | "batch">;

/** Of candidates that are ranked. */
export function rankedSize({ beams: asked, batch: wished }: AskedSize): DecodingSize {
  const beams = asked ?? DEFAULT_RANKED_BEAMS;
  const batch = wished ?? Math.max(1, Math.floor(USUAL_SLOTS / beams));
  return { beams, batch, slots: Math.max(beams, Math.min(batch * beams, MOST_SLOTS)) + 1 };
}

/** Of answers that are written whole. */
function writtenSize({ beams = 1, batch = USUAL_BATCH }: AskedSize): DecodingSize {
  return { beams, batch, slots: Math.max(batch, beams) + 1 };
}
