import { expect, test } from "vitest";
import { summarize } from "./profile.ts";

test("adds up executions by operator, longest first, and skips everything else", () => {
  const node = (name: string, op_name: string, dur: number) => ({ cat: "Node", name, dur, args: { op_name } });
  const events = [
    { cat: "Session", name: "model_run", dur: 9000 },
    node("a_kernel_time", "Add", 10),
    node("b_kernel_time", "MatMul", 500),
    node("b_fence_before", "MatMul", 7),
    node("c_kernel_time", "MatMul", 1500),
    { cat: "Node", name: "no_operator_kernel_time", dur: 3 },
  ];
  expect(summarize(events)).toEqual([
    { operator: "MatMul", count: 2, totalMilliseconds: 2 },
    { operator: "Add", count: 1, totalMilliseconds: 0.01 },
  ]);
});
