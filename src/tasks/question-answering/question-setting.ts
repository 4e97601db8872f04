/** The two settings in which PubMedQA is asked (yes-no.ts). */

export type QuestionSetting = "reasoning-required" | "reasoning-free";
export const QUESTION_SETTINGS: readonly QuestionSetting[] = ["reasoning-required", "reasoning-free"];
