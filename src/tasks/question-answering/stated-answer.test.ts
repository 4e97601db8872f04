/** Sentences that stand in no set of questions: each shows one kind of words. */
import { expect, test } from "vitest";
import { statedAnswer } from "./stated-answer.ts";

test.each([
  ["Does exercise reduce falls?", "Falls were fewer in the exercise group (p<0.01).", "yes"],
  ["Does exercise reduce falls?", "Falls were more frequent in the exercise group.", "no"],
  ["Does exercise reduce falls?", "Falls were as frequent with exercise as without.", "no"],
  ["Does exercise reduce falls?", "Exercise did not reduce falls.", "no"],
  ["Does exercise reduce falls?", "Falls tended to be fewer, but the difference was not significant.", "maybe"],
  ["Does exercise reduce falls?", "Falls were fewer in women but not in men.", "maybe"],
  ["Does exercise reduce falls?", "It is unclear whether exercise reduces falls.", "maybe"],
  ["Is tea related to gout?", "Gout was not related to tea (odds ratio 1.1, 95% CI 0.8 to 1.5).", "no"],
  ["Is tea related to gout?", "Odds ratio of gout for tea: 1.8 (95% CI 1.2 to 2.7).", "yes"],
  ["Is tea related to gout?", "Odds ratio of gout for tea: 1.1 (95% CI 0.8 to 1.5).", "no"],
  ["Does bed height matter for pain?", "Pain scores were the same at both heights.", "no"],
  ["Is drug A as effective as drug B?", "Cure rates were similar with drug A and drug B.", "yes"],
  ["Is drug A as effective as drug B?", "Drug A cured fewer patients (p=0.01).", "no"],
  ["Does the splint improve grip?", "Grip was worse with the splint.", "no"],
  ["What is known of grip?", "The splint was made of wood.", undefined],
])("%s %s", (question, context, wanted) => {
  expect(statedAnswer(question, context)).toBe(wanted);
});
