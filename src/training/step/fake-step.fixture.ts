/** A training step in plain JavaScript for tests of everything around it: unigram logits, softmax, AdamW. */
import { IGNORED_LABEL, type TrainingBatch, type TrainingStep, type UpdateOptions } from "./training-step.ts";

export interface FakeStep extends TrainingStep {
  /** Batches seen, for tests of who computes what. */
  readonly seen: TrainingBatch[];
}

export function fakeStep(vocabulary: number): FakeStep {
  const logits = new Float32Array(vocabulary);
  const gradient = new Float32Array(vocabulary);
  const first = new Float32Array(vocabulary);
  const second = new Float32Array(vocabulary);
  const seen: TrainingBatch[] = [];
  const losses = (): Float64Array => {
    const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
    return Float64Array.from(logits, (value) => Math.log(total) - value);
  };
  const step: FakeStep = {
    seen,
    trained: [{ name: "logits", shape: [vocabulary], offset: 0 }],
    updates: 0,
    microBatches: 0,
    accumulate: async (batch) => {
      seen.push(batch);
      step.microBatches++;
      const nats = losses();
      let [lossSum, tokens] = [0, 0];
      for (const label of batch.labels) {
        if (label === IGNORED_LABEL) continue;
        lossSum += nats[label]!;
        tokens++;
        gradient[label]! -= 1;
      }
      for (let i = 0; i < vocabulary; i++) gradient[i]! += tokens * Math.exp(-nats[i]!);
      return { lossSum, tokens, weight: tokens };
    },
    evaluate: async (batch) => {
      const nats = losses();
      const perToken = Float32Array.from(batch.labels, (label) => (label === IGNORED_LABEL ? 0 : nats[label]!));
      const lossSum = perToken.reduce((sum, value) => sum + value, 0);
      const tokens = batch.labels.filter((label) => label !== IGNORED_LABEL).length;
      return { lossSum, tokens, weight: tokens, perToken, further: new Float32Array(0) };
    },
    gradientNorm: async () => Math.hypot(...gradient),
    update: async ({ learningRate, beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8, gradientScale = 1 }: UpdateOptions) => {
      step.updates++;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** step.updates)) / (1 - beta1 ** step.updates);
      for (let i = 0; i < vocabulary; i++) {
        const g = gradient[i]! * gradientScale;
        first[i] = beta1 * first[i]! + (1 - beta1) * g;
        second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
        logits[i]! -= (rate * first[i]!) / (Math.sqrt(second[i]!) + epsilon);
      }
      return { gradientNorm: Math.hypot(...gradient) * gradientScale };
    },
    zeroGradients: async () => {
      gradient.fill(0);
    },
    parameter: async () => logits,
    gradientBuffer: async () => gradient,
    moments: async () => ({ first, second }),
    writeBack: async () => {},
    flopsPerToken: 6 * vocabulary,
    stateBytes: 16 * vocabulary,
    [Symbol.dispose]: () => {},
  };
  return step;
}
