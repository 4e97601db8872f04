/** A question with given answers, in the one form that every benchmark is read into. */
export interface ChoiceQuestion {
  readonly id: string;
  /** Part of the benchmark that gets a score of its own: MMLU's and MedMCQA's subjects, BioASQ's years. */
  readonly subject: string;
  /** Text to answer from, where the benchmark brings one. */
  readonly context?: string;
  readonly question: string;
  /** Two or more, in the order of the file. */
  readonly options: readonly string[];
  /** Index of the right one. */
  readonly answer: number;
}
