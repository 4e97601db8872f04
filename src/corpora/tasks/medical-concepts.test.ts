import { expect, test } from "vitest";
import { medicalConceptQuestions, readMedicalCodes, vocabularyOf } from "./medical-concepts.ts";

test("files of CMS and tables, told by their lines; the vocabulary by the file's name", () => {
  const cholera = [{ code: "A000", description: "Cholera due to Vibrio cholerae 01, biovar cholerae" }];
  expect(readMedicalCodes(`A000    ${cholera[0]!.description}\r\n\r\n`, "f")).toEqual(cholera);
  const order = `00002 A000    1 ${"Cholera due to Vibrio cholerae 01, biovar".padEnd(60)} ${cholera[0]!.description}`;
  expect(readMedicalCodes(order, "f")).toEqual(cholera);
  const atc = [{ code: "A10BA02", description: "metformin, plain" }];
  expect(
    readMedicalCodes('atc_code,atc_name,ddd\nA10BA02,"metformin, plain",2\nA10BA02,"metformin, plain",1\n', "f"),
  ).toEqual(atc);
  expect(readMedicalCodes("code\tdescription\nA10BA02\tmetformin, plain\n", "f")).toEqual(atc);
  expect(() => readMedicalCodes("nothing here\n", "f")).toThrow(/no medical code with a description/);
  expect(
    [
      "icd10cm-codes-2024.txt",
      "icd10pcs_codes_2024.txt",
      "CMS32_DESC_LONG_DX.txt",
      "CMS32_DESC_LONG_SG.txt",
      "WHO ATC-DDD.csv",
      "match.csv",
    ].map(vocabularyOf),
  ).toEqual(["ICD10CM", "ICD10PROC", "ICD9CM", "ICD9PROC", "ATC", undefined]);
});

test("distractors are far, of the chapter or of the category; the same seed asks the same, and examples are never asked", () => {
  const codes = ["A", "B"].flatMap((chapter) =>
    ["00", "01"].flatMap((category) =>
      Array.from({ length: 6 }, (_, i) => ({
        code: `${chapter}${category}${i}`,
        description: `${chapter}${category} number ${i}`,
      })),
    ),
  );
  const { questions, examples } = medicalConceptQuestions("ICD10CM", codes, 7);
  expect(medicalConceptQuestions("ICD10CM", [...codes].reverse(), 7).questions).toEqual(questions);
  expect(questions).toHaveLength(3 * (24 - 4));
  expect(examples).toHaveLength(4);
  const asked = new Set(questions.map(({ question }) => question));
  for (const { question } of examples) expect(asked.has(question)).toBe(false);
  for (const { subject, question, options, answer } of questions) {
    const code = /code (\S+) in ICD10CM\?$/.exec(question)![1]!;
    expect(new Set(options).size).toBe(4);
    expect(options[answer]).toBe(`${code.slice(0, 3)} number ${code[3]}`);
    for (const other of options.filter((_, at) => at !== answer)) {
      const [sameChapter, sameCategory] = [other[0] === code[0], other.slice(0, 3) === code.slice(0, 3)];
      expect([subject, sameChapter, sameCategory]).toEqual([
        subject,
        !subject.endsWith("easy"),
        subject.endsWith("hard"),
      ]);
    }
  }
});

test("a level that a vocabulary has too few codes for has no question", () => {
  const codes = Array.from({ length: 10 }, (_, i) => ({ code: `A${10 + i}`, description: `d${i}` }));
  expect(new Set(medicalConceptQuestions("ATC", codes).questions.map(({ subject }) => subject))).toEqual(
    new Set(["ATC medium"]),
  );
});
