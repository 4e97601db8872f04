/** The package's version. */
export { VERSION } from "../workflows/version.ts";
