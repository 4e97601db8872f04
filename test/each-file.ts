/** Runs before each file of tests, in its worker, which several files may share. */
import { afterAll } from "vitest";
import { removeTemporaryFolders } from "../src/files/scratch.fixture.ts";

afterAll(removeTemporaryFolders);
