export async function showPlan(_: unknown): Promise<void> {}
