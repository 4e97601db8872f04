/** Something that answers a task's examples, and what a report says of it. */
import type { Predict } from "../../evaluation/evaluated-task.ts";
import type { CalibrationMap } from "../../tasks/calibration-map.ts";

export interface Answers extends Disposable {
  readonly predict: Predict;
  readonly decoding: string;
  /** Documents in work at once, where it matters and nothing else was asked for. */
  readonly batch?: number;
  /** What its probabilities mean. */
  readonly calibration?: CalibrationMap | undefined;
  /** What a report says of it. */
  readonly run: readonly (readonly [name: string, value: string])[];
}
