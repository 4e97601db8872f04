/** What other folders and users take from base/: errors, progress, seeded random numbers. */
export { BiogptError, type ErrorKind, type ErrorText, EXIT_AND_STATUS } from "./errors.ts";
export { type Progress, RateMeter, type ReportProgress } from "./progress.ts";
export { Random, type RandomState } from "./random.ts";
