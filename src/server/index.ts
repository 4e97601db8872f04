/** The server: HTTP over the workflows, with the interface that OpenAI's clients speak and one for mining. */
export type * from "./contract.ts";
export { serve } from "./serve.ts";
export type { RunningServer, ServedModelsOptions, ServeOptions } from "./serve-options.ts";
