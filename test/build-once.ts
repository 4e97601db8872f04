/** Builds dist/ once before the tests, for those that run the command line as a user would. Types are checked by `npm run typecheck`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const TYPESCRIPT = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const VITE = fileURLToPath(new URL("../node_modules/vite/bin/vite.js", import.meta.url));

export default function setup(): void {
  const fast = ["--noCheck", "--declaration", "false", "--isolatedDeclarations", "false"];
  execFileSync(process.execPath, [TYPESCRIPT, "-p", "tsconfig.build.json", ...fast], { stdio: "inherit" });
  execFileSync(process.execPath, [VITE, "build", "web", "--logLevel", "warn"], { stdio: "inherit" });
}
