/** What learning about molecules is told; the defaults are for language models of a few million parameters. */
import { z } from "zod";
import { count, PASS_SETTINGS, type PassSettings, parseSettings } from "./pass-settings.ts";

export interface MoleculeSettings extends PassSettings {
  /** `projection` alone, the `encoder` of molecules with it, or `all`: the language model too. */
  readonly train: "projection" | "encoder" | "all";
  /** Layers and width of a new encoder; one that the model has stays as it is. */
  readonly encoderLayers: number;
  readonly encoderWidth: number;
}

const SETTINGS = z.strictObject({
  train: z.enum(["projection", "encoder", "all"]).default("all"),
  encoderLayers: count(1).max(64).default(5),
  encoderWidth: count(1).max(8192).default(300),
  ...PASS_SETTINGS,
});

/** @throws BiogptError `training/settings` naming the field */
export function parseMoleculeSettings(json: unknown): MoleculeSettings {
  return parseSettings(SETTINGS, json);
}
