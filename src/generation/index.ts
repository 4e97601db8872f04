/** What other folders and users take from generation/: decoding over token ids, for any model that fulfils `CachedModel`. */
export { intersection } from "./constraints/constraints.ts";
export { banSequences, banTokens, minNewTokens, noRepeatNGram, repetitionPenalty } from "./constraints/rules.ts";
export * from "./generation.ts";
