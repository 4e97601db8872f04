import { expect, test } from "vitest";
import { exclusionsOf } from "../distant-documents.ts";
import { type DistantQuestionOptions, distantQuestions } from "./distant-questions.ts";
import { QUESTION_SETTINGS, questionExample } from "./yes-no.ts";

const NOTHING = exclusionsOf([]);

/** Long enough to be a context, and of the words that the questions have. */
function abstract(title: string, drug: string, conclusion: string): string {
  const methods = `Sepsis is frequent in rabbits, and mortality is high. We gave ${drug} or placebo to forty rabbits with sepsis in a trial.`;
  const results = `Of those that had ${drug} twelve died within the first week, and of those that had placebo there were eleven that died; mortality did differ by one.`;
  return `${title} METHODS: ${methods} RESULTS: ${results} CONCLUSIONS: ${conclusion}`;
}

async function make(texts: readonly string[], options: Partial<DistantQuestionOptions> = {}) {
  async function* documents() {
    for (const [at, text] of texts.entries()) yield { id: `${at}`, text };
  }
  return distantQuestions(documents(), { evaluation: NOTHING, training: NOTHING, ...options });
}

const ASKED = abstract(
  "Does aspirin reduce mortality in sepsis?",
  "aspirin",
  "Aspirin did not reduce mortality in rabbits with sepsis.",
);
const STATED = abstract("Heparin does not reduce mortality in sepsis.", "heparin", "We advise against it in sepsis.");
const CONCLUDED = abstract("A trial of insulin in sepsis.", "insulin", "Insulin reduced mortality in sepsis.");
const CONCLUDED_NO = abstract(
  "A trial of digoxin in sepsis.",
  "digoxin",
  "Digoxin did not reduce mortality in sepsis.",
);

test("titles that ask, titles that state and conclusions become questions, written as the importer writes them", async () => {
  const { examples, summary } = await make([ASKED, STATED, CONCLUDED, CONCLUDED_NO], { settings: QUESTION_SETTINGS });
  expect(summary.kinds).toEqual({
    question: { yes: 0, no: 1, maybe: 0 },
    title: { yes: 0, no: 1, maybe: 0 },
    conclusion: { yes: 1, no: 1, maybe: 0 },
    "last-sentence": { yes: 0, no: 0, maybe: 0 },
    topic: { yes: 1, no: 1, maybe: 0 },
  });
  expect([summary.questions, summary.examples]).toEqual([6, 12]);
  const context = ASKED.slice(ASKED.indexOf("Sepsis is"), ASKED.indexOf(" CONCLUSIONS")).replace("RESULTS: ", "");
  for (const setting of QUESTION_SETTINGS) {
    const { source, target } = questionExample(
      {
        id: "0",
        question: "Does aspirin reduce mortality in sepsis?",
        contexts: [context],
        labels: [],
        longAnswer: "Aspirin did not reduce mortality in rabbits with sepsis.",
        answer: "no",
      },
      "",
      setting,
    );
    expect(examples).toContainEqual({ id: `0 ${setting}`, source, target });
  }
});

test("a title that names a topic is a question of its own, which a labelled conclusion answers", async () => {
  const topic = (title: string, conclusion: string): string =>
    abstract(`${title}: a randomized trial.`, "heparin", conclusion);
  const [denied, agreed] = ["Both groups had similar courses.", "Its benefits outweigh the harms."];
  const { examples, summary } = await make([
    topic("Effect of heparin on mortality in sepsis", denied),
    topic("Heparin for rabbits with sepsis", agreed),
    topic("Insufficient heparin in rabbits with sepsis", denied), // says it by itself
    topic("Heparin", agreed), // asks nothing
    abstract("Effect of heparin on mortality in sepsis.", "heparin", denied).replace("CONCLUSIONS: ", ""), // not labelled
  ]);
  expect(summary.kinds.topic).toEqual({ yes: 1, no: 1, maybe: 0 });
  expect(summary.leftOut.noQuestion).toBe(3);
  const asked = examples.map(({ source, target }) => [source.split(" context:")[0], target.split(" ").at(-1)]);
  expect(asked.sort()).toEqual([
    ["question: Effect of heparin on mortality in sepsis?", "no."],
    ["question: Heparin for rabbits with sepsis?", "yes."],
  ]);
});

test("yes is held to its share beside no, the limit keeps the best kinds, and the seed decides the rest", async () => {
  const many = Array.from({ length: 10 }, (_, at) => CONCLUDED.replaceAll("nsulin", `nsulin${at}`));
  const texts = [...many, CONCLUDED_NO, CONCLUDED_NO.replaceAll("igoxin", "igitoxin"), ASKED];
  const { examples, summary } = await make(texts);
  expect(summary.kinds.conclusion).toEqual({ yes: 3, no: 2, maybe: 0 });
  expect(summary.kinds.topic).toEqual({ yes: 3, no: 2, maybe: 0 }); // the same documents
  expect(summary.leftOut.notDrawn).toBe(14);
  expect((await make(texts)).examples).toEqual(examples);
  expect((await make(texts, { seed: 2 })).examples).not.toEqual(examples);
  expect((await make(texts, { yesShare: 0.8 })).summary.kinds.conclusion.yes).toBe(8);
  expect((await make(texts, { limit: 1 })).summary.kinds.question.no).toBe(1);
});

test("the task's own documents are left out by id and by text, and so is what is too long or answers nothing", async () => {
  const held = questionExample(
    {
      id: "2",
      question: "?",
      contexts: ["Sepsis is frequent in rabbits, and mortality is high. We gave heparin or placebo to forty"],
      labels: [],
      longAnswer: "",
      answer: "no",
    },
    "",
  );
  const { summary } = await make(
    [STATED, CONCLUDED_NO, CONCLUDED, "Aspirin in sepsis. It is given.", "long ".repeat(600)],
    {
      evaluation: exclusionsOf([held]),
      training: exclusionsOf([{ ...held, id: "1", document: { ...held.document, passages: [] } }]),
    },
  );
  expect(summary.questions).toBe(0);
  expect(summary.leftOut).toEqual({ tooLong: 1, noQuestion: 1, evaluation: 2, training: 1, notDrawn: 0 });
});
