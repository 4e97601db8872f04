/**
 * Named settings for `biogpt pretrain --config NAME`; every field can be changed in a copy (docs/formats/settings.md).
 *
 * `biogpt` is the paper's recipe (spec section 3: 524,288 tokens an update, peak 2e-4, warm-up 20,000 of 200,000). The two small ones
 * are meant for a processor: what `biogpt-mini` was trained with, in one schedule (docs/experiments.md, "How large biogpt-mini should be").
 */
const SMALL = {
  initialization: "gpt2",
  length: 256,
  batch: 24,
  steps: 10_000,
  schedule: "linear",
  warmup: 60,
  finalShare: 0,
  optimizer: "muon",
  beta2: 0.98,
  weightDecay: 0.05,
  decay: "matrices",
  clip: 1,
  copyShare: 0.1,
  evaluateEvery: 250,
  checkpointEvery: 500,
} as const;

export const PRESETS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  /** Seconds on any machine: for trying the commands. */
  tiny: {
    ...SMALL,
    model: { layers: 2, width: 32, heads: 2, mlpWidth: 64, maxPositions: 64, dropout: 0, attentionDropout: 0 },
    length: 32,
    batch: 8,
    steps: 100,
    warmup: 10,
    learningRate: 3e-3,
    evaluateEvery: 20,
    evaluateSequences: 16,
    checkpointEvery: 50,
  },
  d256l6: {
    ...SMALL,
    model: { layers: 6, width: 256, heads: 4, mlpWidth: 1024, maxPositions: 1024, dropout: 0, attentionDropout: 0 },
    learningRate: 3e-3,
    matrixLearningRate: 1e-2,
  },
  d384l8: {
    ...SMALL,
    model: { layers: 8, width: 384, heads: 6, mlpWidth: 1536, maxPositions: 1024, dropout: 0, attentionDropout: 0 },
    learningRate: 2e-3,
    matrixLearningRate: 8e-3,
  },
  biogpt: {
    model: {
      layers: 24,
      width: 1024,
      heads: 16,
      mlpWidth: 4096,
      maxPositions: 1024,
      dropout: 0.1,
      attentionDropout: 0.1,
    },
    length: 1024,
    batch: 512,
    microBatch: 1,
    steps: 200_000,
    learningRate: 2e-4,
    schedule: "inverse-sqrt",
    warmup: 20_000,
    evaluateEvery: 500,
    checkpointEvery: 500,
  },
};
