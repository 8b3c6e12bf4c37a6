/** What the page, worker or process goes through, as far as a connection should know. */
export interface LifecycleHandlers {
  /** The network or the page is there again. */
  wake(): void;
  /** The network is said to be gone. */
  offline(): void;
}

/** Begins to listen, wherever there is something to listen to; returns the function that stops it. */
export function watchLifecycle({ wake, offline }: LifecycleHandlers): () => void {
  const over = new AbortController();
  // Node has no such events, workers have no document, and a document is no window.
  const listen = (target: EventTarget | undefined, event: string, listener: () => void) =>
    target?.addEventListener?.(event, listener, { signal: over.signal });
  const page = globalThis.document as Document | undefined;
  listen(globalThis, "online", wake);
  listen(globalThis, "pageshow", wake);
  listen(globalThis, "offline", offline);
  listen(page, "resume", wake);
  listen(page, "visibilitychange", () => page?.visibilityState === "visible" && wake());
  return () => over.abort();
}
