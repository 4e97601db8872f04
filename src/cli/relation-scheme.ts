export { schemeFor } from "../workflows/relation-scheme.ts";
