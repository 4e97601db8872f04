/** Where in the page one is: its path and what follows it, so that every view can be linked to and the browser's buttons work. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const MOVED = "biogpt-moved";

export function usePlace(): Place {
  const [url, setUrl] = useState(location.pathname + location.search);
  useEffect(() => {
    const moved = (): void => setUrl(location.pathname + location.search);
    addEventListener("popstate", moved);
    addEventListener(MOVED, moved);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(MOVED, moved);
    };
  }, []);
  const [path, search] = url.split("?", 2);
  return { path: path!, query: new URLSearchParams(search) };
}

/** @param asNew whether the browser's back button comes back to where one is */
export function go(to: string, asNew = true): void {
  if (asNew) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  dispatchEvent(new Event(MOVED));
}

export interface LinkProps {
  readonly to: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

export function Link({ to, current = false, children }: LinkProps): ComponentChildren {
  return (
    <a
      href={to}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
