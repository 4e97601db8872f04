/** The server: HTTP over the workflows, with the interface that OpenAI's clients speak and one for mining. */
export type * from "./contract.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
export type { ServedModelsOptions } from "./served-models.ts";
