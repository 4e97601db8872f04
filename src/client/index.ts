/** A client of `biogpt serve`, for Node and browsers: typed by the server's own contract, without a dependency. */
export type * from "../server/contract.ts";
export { BiogptClient, type CallOptions, type JobResultsOptions } from "./client.ts";
export { RequestError } from "./request-error.ts";
export type { ClientOptions } from "./requests.ts";
