/** Builds dist/ once before the tests, for those that run the command line as a user would. Types are checked by `npm run typecheck`. */
import { execFileSync } from "node:child_process";

export default function setup(): void {
  execFileSync(
    "npx",
    ["tsc", "-p", "tsconfig.build.json", "--noCheck", "--declaration", "false", "--isolatedDeclarations", "false"],
    { stdio: "inherit" },
  );
}
