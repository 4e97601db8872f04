/** What the folder of a fine-tuned model says of its task, as a record: read by task-file.ts, from one file or from those of earlier versions. */
import type { ClassificationReading } from "./classification/reading.ts";
import type { EntityReading } from "./entities/entity-reading.ts";
import type { NameCalibrations } from "./entities/name-calibration.ts";
import type { InputUnit } from "./input-unit.ts";
import type { ReaderScheme } from "./mention-relations/reader-scheme.ts";
import type { AnswerCalibrations } from "./question-answering/calibration-schema.ts";
import type { DecisionRules } from "./relation-extraction/decision-rule-schema.ts";
import type { RelationSchema } from "./relation-extraction/own-scheme.ts";

/** What a model's folder says of its task. */
export interface ModelTask {
  /** What it was fine-tuned on: `bc5cdr`, `ddi`, `kd-dti`, `hoc`, `pubmedqa`, `entities`, `classification`, or `relations` of the user's own. Undefined where the folder says nothing. */
  readonly task?: string | undefined;
  /**
   * What it can be asked for: names of relation schemes, `hallmarks`, `yes-no-maybe`, or a schema of the user's own. Undefined where that is
   * not known, and nothing is refused.
   */
  readonly schemes?: readonly (string | RelationSchema)[] | undefined;
  /** Default `document`. */
  readonly inputUnit?: InputUnit | undefined;
  /** Of questions: last white-space words of a context that are read, 1 to 100,000. Default: all. */
  readonly contextWords?: number | undefined;
  /** Of taggers: how a text is read. */
  readonly entities?: EntityReading | undefined;
  /** Of taggers: what their probabilities mean, by type. */
  readonly nameCalibration?: NameCalibrations | undefined;
  /** Of taggers: least probability of a name that is written where nobody says which, 0 to 1. Default 0. */
  readonly nameThreshold?: number | undefined;
  /** Of readers of relations: what is scored of pairs of names, in the order of the scores. */
  readonly reader?: readonly ReaderScheme[] | undefined;
  /** Of classifiers of the user's own: how a text is read. */
  readonly classification?: ClassificationReading | undefined;
  /** Which candidate relations are kept, by scheme and decoding. */
  readonly decisionRules?: DecisionRules | undefined;
  /** What the likelihoods of answers mean, by the setting of the question. */
  readonly calibration?: AnswerCalibrations | undefined;
  /** Of hallmarks: what each one's probability must reach. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
}

/** What `taskOf` needs of a model; `Model` has it. */
export interface TaskHolder {
  readonly folder?: string | undefined;
}

/** What was learnt on validation. */
export type Learnt = Pick<ModelTask, "decisionRules" | "calibration" | "thresholds" | "nameCalibration">;
