/** What other folders and users take from generation/: decoding over token ids, for any model that fulfils `CachedModel`. */
export { intersection } from "./constraints.ts";
export * from "./generation.ts";
export { banSequences, banTokens, minNewTokens, noRepeatNGram, repetitionPenalty } from "./rules.ts";
