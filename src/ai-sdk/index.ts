/** A provider for the Vercel AI SDK 6 (`ai` with `@ai-sdk/provider` 3, which the program brings): language and embedding models of `biogpt serve`. */
export { type BiogptProvider, createBiogpt } from "./provider.ts";
