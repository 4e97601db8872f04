export { BiogptError, type ErrorKind } from "./base/errors.ts";
