// The style sheet's colours for what is drawn on a canvas.

import { signal } from "@preact/signals";

/** Advances when the colours are others: the person chose a theme, or the system did. */
export const theme = signal(0);

const known = new Map<string, string>();

/** A token as a colour of now: `publish` for `--publish`. */
export function colourOf(token: string): string {
  let colour = known.get(token);
  if (colour === undefined) known.set(token, (colour = resolved(token)));
  return colour;
}

/** A token may be a pair for light and dark; only an element that uses it knows which it is. */
function resolved(token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function change(): void {
  known.clear();
  theme.value += 1;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
new MutationObserver(change).observe(document.documentElement, { attributeFilter: ["data-theme"] });
