/** Amounts and durations as people read them. */

/** `1.4 GB`, `12,211 tokens`. */
export function formatAmount(amount: number, unit: string): string {
  if (unit !== "bytes")
    return `${(amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10).toLocaleString("en-US")} ${unit}`;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let scaled = amount;
  let step = 0;
  while (scaled >= 1000 && step < units.length - 1) {
    scaled /= 1000;
    step++;
  }
  return `${step === 0 ? scaled : scaled.toFixed(scaled < 10 ? 2 : 1)} ${units[step]}`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
