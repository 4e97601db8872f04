/** The figure: `kill -9` during a hundred jobs. */
import { test } from "vitest";
import { expectJobsSurviveKills } from "./jobs.fixture.ts";

test("a hundred jobs, five kills", { timeout: 600_000 }, () => expectJobsSurviveKills(100, 5));
