/** Every type that goes over the wire. web/ and clients take their types from here; the schemas that check requests stand beside them. */
export type * from "./contract/generation.ts";
export type * from "./contract/graph.ts";
export type * from "./contract/jobs.ts";
export type * from "./contract/mining.ts";
export type * from "./contract/response-format.ts";
export type * from "./contract/responses.ts";
export type * from "./contract/runs.ts";
export type * from "./contract/server.ts";

/** What every failed request is answered with; `what`, `why` and `fix` as the command line says them. */
export interface WireError {
  readonly error: {
    readonly message: string;
    /** OpenAI's class of errors: `invalid_request_error`, `authentication_error`, `rate_limit_error`, `server_error`. */
    readonly type: string;
    /** A code of docs/errors.md; `model_not_found` for a model that is not served, as OpenAI's clients know it. */
    readonly code: string;
    /** The field at fault, where one is. */
    readonly param: string | null;
    readonly what: string;
    readonly why?: string | undefined;
    readonly fix?: string | undefined;
  };
}
