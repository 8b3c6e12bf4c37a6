// The page's own clock: what must notice that time passes without anything arriving reads `now`.

import { signal } from "@preact/signals";

const TICK_MS = 500;

/** Milliseconds that never go backwards, advanced twice a second. */
export const now = signal(performance.now());

setInterval(tick, TICK_MS);
// Timers of a hidden page are slowed down; what it shows must be right from its first visible frame.
document.addEventListener("visibilitychange", tick);

function tick(): void {
  now.value = performance.now();
}
