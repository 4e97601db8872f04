/** A Llama to be trained from nothing, from the `model` part of a run's settings. */
import { z } from "zod";
import type { SpecialIds } from "../family.ts";
import { parseModelSettings, settingsError } from "../model-settings.ts";
import { type LlamaConfig, type LlamaModelType, VARIANTS } from "./config.ts";

const size = z
  .number()
  .int()
  .positive()
  .max(1 << 24);
const ratio = z.number().min(0).lt(1);
const SETTINGS = z.strictObject({
  layers: size,
  width: size,
  heads: size,
  keyValueHeads: size.exactOptional(),
  headWidth: size.exactOptional(),
  mlpWidth: size.exactOptional(),
  maxPositions: size.default(1024),
  rotaryBase: z.number().positive().default(10_000),
  tied: z.boolean().default(false),
  dropout: ratio.default(0),
  attentionDropout: ratio.default(0),
});

/**
 * Left out fields: as many key-value heads as heads, heads of width / heads, an MLP of 8/3 of the width (a multiple of 32), as Llama's own are.
 *
 * @param special of the tokenizer; the config names them for other programs
 * @throws BiogptError `training/settings`
 */
export function llamaFromSettings(
  modelType: LlamaModelType,
  settings: Readonly<Record<string, unknown>>,
  vocabularySize: number,
  special: SpecialIds,
): LlamaConfig {
  const variant = VARIANTS[modelType];
  const { rotaryBase, keyValueHeads: asked, ...shape } = parseModelSettings(SETTINGS, settings);
  const keyValueHeads = asked ?? shape.heads;
  const { width, heads, headWidth = width / heads, mlpWidth = 32 * Math.max(1, Math.round(width / 12)) } = shape;
  if (!Number.isInteger(headWidth) || headWidth % 2 !== 0)
    throw settingsError(`A width of ${width} cannot be cut into ${heads} heads of an even width.`, "Give headWidth.");
  if (heads % keyValueHeads !== 0)
    throw settingsError(`${heads} heads cannot share ${keyValueHeads} key-value heads.`, "Take a divisor.");
  const has = (rule: "said" | boolean): boolean => rule === true;
  return {
    ...shape,
    ...{ modelType, keyValueHeads, headWidth, mlpWidth, vocabularySize },
    epsilon: 1e-6,
    rotary: { base: rotaryBase },
    attentionBias: has(variant.attentionBias),
    outputBias: has(variant.outputBias),
    mlpBias: has(variant.mlpBias),
    headNorms: variant.headNorms,
    ...(special.begin === undefined ? {} : { beginId: special.begin }),
    endId: special.end,
    ...(special.pad === undefined || special.pad === special.end ? {} : { padId: special.pad }),
  };
}
