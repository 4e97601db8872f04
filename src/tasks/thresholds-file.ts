export { THRESHOLDS_FILE } from "./old-task-files.ts";
