import type { QuestionSetting } from "./question-answering/yes-no.ts";

/** The form that data were written in, as fields; `TaskData.setting` tells it to people. */
export interface DataForm {
  /** Target form of a relation task: "rel-is". */
  readonly template?: string | undefined;
  /** Of questions. */
  readonly questionSetting?: QuestionSetting | undefined;
}
