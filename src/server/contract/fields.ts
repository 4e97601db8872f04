/** Fields that several wire types share, with the limits that keep a request bounded. */
import { z } from "zod";

/** Longest name of a model that a request may carry. */
const LONGEST_NAME = 200;
/** Characters of one text: the longest full texts of PubMed Central have some 500,000. */
export const LONGEST_TEXT = 1_000_000;

export const modelName: z.ZodType<string> = z.string().min(1).max(LONGEST_NAME);
export const text: z.ZodType<string> = z.string().max(LONGEST_TEXT);
export const probability: z.ZodType<number> = z.number().min(0).max(1);
/** A whole number from 0 or another least one. */
export const count = (min: number, max: number): z.ZodType<number> => z.number().int().min(min).max(max);
/** Token ids as a client gives them. */
export const tokenIds: z.ZodType<number[]> = z.array(count(0, 10_000_000)).min(1).max(LONGEST_TEXT);
