/** The reader's head: gradients of names and pairs together against finite differences, and log-sum-exp over places by hand. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { type Device, openDevice } from "../../runtime/device.ts";
import { GOLDEN_CONFIG } from "./golden-model.fixture.ts";
import { READER_ROOM, readerHead } from "./reader-head.ts";
import { withHead } from "./trainable-model.ts";
import { createTrainingStep, type TrainingBatch, type TrainingStep } from "./training-step.ts";

const CONFIG = { ...GOLDEN_CONFIG, maxPositions: 16 };
const RELATIONS = 3;
const [batch, length] = [2, 6];
const rows = batch * length;
const { names: M, pairs: P, groups: G } = READER_ROOM;
const WIDTH = 1 + RELATIONS;

let device: Device;
let step: TrainingStep;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
  const head = readerHead({ name: "classes", width: CONFIG.width, classes: 3, relations: RELATIONS });
  const model = withHead(trainableBioGpt(CONFIG), head);
  const random = new Random(7);
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  step = await createTrainingStep({
    device,
    model,
    shape: { batch, length },
    initial: (name) => {
      const size = shapes.get(name)!.reduce((product, value) => product * value, 1);
      const one = name.endsWith(".gain") ? 1 : 0;
      return Float32Array.from({ length: size }, () => one + 0.3 * (2 * random.next() - 1));
    },
  });
});
afterAll(() => {
  step[Symbol.dispose]();
  device[Symbol.dispose]();
});

/** Two concept pairs: the first in two places (of scheme 0: relations 0 and 1), the second in one (scheme 1: relation 2). */
function someBatch(weights: readonly number[] = [2, 3]): TrainingBatch {
  const whole = (values: readonly number[], size: number): Int32Array => {
    const all = new Int32Array(size);
    all.set(values);
    return all;
  };
  const reach = new Float32Array(P * rows).fill(-1e9);
  for (let pair = 0; pair < 3; pair++)
    for (let row = 0; row < rows; row++) reach[pair * rows + row] = row % 2 === (pair === 2 ? 1 : 0) ? 0 : -1e9;
  const groupPairs = new Float32Array(G * P);
  groupPairs.set([1, 1, 0], 0);
  groupPairs.set([0, 0, 1], P);
  const groupScheme = new Float32Array(G * WIDTH);
  groupScheme.set([0, 0, 0, -1e9, 0, -1e9, -1e9, 0]);
  const groupAnswer = new Float32Array(G * WIDTH);
  for (let group = 0; group < G; group++) groupAnswer[group * WIDTH + (group === 0 ? 2 : group === 1 ? 3 : 0)] = 1;
  const all = new Float32Array(G);
  all.set(weights);
  return {
    ...{ batch, length },
    ids: Int32Array.from({ length: rows }, (_, i) => 2 + ((i * 5) % 20)),
    labels: Int32Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? -100 : i % 3)),
    further: {
      weights: all,
      inputs: {
        nameFirst: whole([0, 2, 4, 1], M),
        nameLast: whole([2, 2, 6, 3], M),
        pairHead: whole([0, 1, 3], P),
        pairTail: whole([2, 2, 2], P),
        pairDistance: whole([0, 3, 8], P),
        ...{ pairReach: reach, groupPairs, groupScheme, groupAnswer },
      },
    },
  };
}

test("gradients are those of finite differences, for the scorer of pairs and for the model beneath", async () => {
  await step.zeroGradients();
  const { tokens, weight } = await step.accumulate(someBatch());
  expect(tokens).toBe(9); // rows with a label; pairs are no tokens
  expect(weight).toBe(9 + 2 + 3); // but count where sums become means, so that an update of pairs alone has one
  const gradients = await step.gradientBuffer();
  for (const name of [
    ...[
      "pairs.head.weight",
      "pairs.question.weight",
      "pairs.key.weight",
      "pairs.value.weight",
      "pairs.distance.weight",
    ],
    ...["pairs.relations.bias", "classes.weight", "blocks.0.attention.key.weight"].filter((one) =>
      step.trained.some((parameter) => parameter.name === one),
    ),
  ]) {
    const { offset, shape } = step.trained.find((parameter) => parameter.name === name)!;
    const size = shape.reduce((product, value) => product * value, 1);
    const values = Float32Array.from(await step.parameter(name));
    for (const index of [0, Math.floor(size / 3), size - 1]) {
      const loss = async (by: number): Promise<number> => {
        const moved = values.slice();
        moved[index]! += by;
        await step.writeBack(name, moved);
        return (await step.evaluate(someBatch())).lossSum;
      };
      const slope = ((await loss(1e-2)) - (await loss(-1e-2))) / 2e-2;
      expect(Math.abs(slope - gradients[offset + index]!), `${name} ${index}`).toBeLessThan(
        2e-3 + 0.02 * Math.abs(slope),
      );
    }
    await step.writeBack(name, values);
  }
});

test("places of a concept pair add up, and a scheme's answer is held against its own relations alone", async () => {
  const { further } = await step.evaluate(someBatch());
  const alone = someBatch();
  const inputs = { ...alone.further!.inputs };
  const nothing = Float32Array.from(inputs["groupPairs"] as Float32Array).fill(0);
  const without = await step.evaluate({
    ...alone,
    further: { ...alone.further!, inputs: { ...inputs, groupPairs: nothing } },
  });
  // Without places the odds of every relation are nothing, and none is certain.
  expect(without.further[0]).toBeGreaterThan(15);
  expect(further[0]).toBeLessThan(without.further[0]!);
  const first = someBatch();
  (first.further!.inputs["groupPairs"] as Float32Array).set([1, 0, 0], 0);
  const second = someBatch();
  (second.further!.inputs["groupPairs"] as Float32Array).set([0, 1, 0], 0);
  const none = async (one: TrainingBatch): Promise<number> => {
    const answer = one.further!.inputs["groupAnswer"] as Float32Array;
    answer.set([1, 0, 0, 0], 0);
    return Math.exp((await step.evaluate(one)).further[0]!) - 1; // odds of a relation against none
  };
  const together = await none(someBatch());
  expect(together).toBeCloseTo((await none(first)) + (await none(second)), 4);
});

test("a batch without what the head reads is refused", async () => {
  const { further: _, ...bare } = someBatch();
  await expect(step.accumulate(bare)).rejects.toThrow("further losses");
});
