/**
 * Keeps the page for visits without a network, and isolates it from other origins, which threads need: many hosts of static files cannot send the
 * headers themselves. Models are kept by the worker that runs them.
 */
interface LifeEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends LifeEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const KEPT = "biogpt-site";
const scope = self as unknown as {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: never) => void): void;
};

async function keepShell(): Promise<void> {
  const cache = await caches.open(KEPT);
  const shell = (await (await fetch("shell.json", { cache: "no-store" })).json()) as string[];
  for (const { url } of await cache.keys()) {
    if (!shell.some((path) => new URL(path, scope.location.href).href === url)) await cache.delete(url);
  }
  await cache.addAll(shell);
  await scope.skipWaiting();
}

scope.addEventListener("install", (event: LifeEvent) => event.waitUntil(keepShell()));
scope.addEventListener("activate", (event: LifeEvent) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("fetch", (event: FetchEvent) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.location.origin || url.pathname.includes("/models/")) return;
  event.respondWith(answer(request));
});

/** What the server has, else what was kept: a new version of the page is seen at once. */
async function answer(request: Request): Promise<Response> {
  const response = await fetch(request).catch(async (error: unknown) => {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept === undefined) throw error;
    return kept;
  });
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
