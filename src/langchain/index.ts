/** Adapters for LangChain (`@langchain/core`, which the program brings): a language model and a Runnable that extracts. */
export { BiogptExtractor, type ExtractorInput, type ExtractorOptions } from "./extractor.ts";
export { BiogptLlm, type BiogptLlmOptions } from "./llm.ts";
