const told = new Set<string>();

/** Tells once that something has no effect here, and why. */
export function warn(what: string, why: string): void {
  if (told.has(what)) return;
  told.add(what);
  console.warn(`@wharf/client/stompjs: ${what} has no effect: ${why}`);
}

/** Tells of all headers that cannot be sent. `frame` names where they were given. */
export function warnOfHeaders(frame: string, headers: Record<string, unknown>): void {
  for (const name of Object.keys(headers)) warn(`the header ${name} of ${frame}`, "the client writes this frame, and has no place for it");
}
