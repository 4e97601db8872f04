/** Whether the page is dark, as what is drawn in colours of its own must know. */
import { useEffect, useState } from "preact/hooks";

const DARK = "(prefers-color-scheme: dark)";

export function useDark(): boolean {
  const [isDark, setDark] = useState(matchMedia(DARK).matches);
  useEffect(() => {
    const dark = matchMedia(DARK);
    const changed = (): void => setDark(dark.matches);
    dark.addEventListener("change", changed);
    return () => dark.removeEventListener("change", changed);
  }, []);
  return isDark;
}
