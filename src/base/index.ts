/** What other folders and users take from base/: errors, progress, seeded random numbers. */
export { ERROR_CODES, type ErrorKind, type ErrorRow, EXIT_AND_STATUS } from "./error-codes.ts";
export { BiogptError, type ErrorJson, type ErrorText } from "./errors.ts";
export { type Progress, RateMeter, type ReportProgress } from "./progress.ts";
export { Random, type RandomState } from "./random.ts";
