// Keys that work everywhere but in a field.

import { useEffect } from "preact/hooks";
import { navigate } from "../route/route.ts";
import { paletteOpen } from "./palette.tsx";
import type { Section } from "./sections.ts";
import { helpOpen } from "./shortcuts-help.tsx";

/** After `g`, the key of a page must follow within this. */
const SEQUENCE_MS = 1_500;

export function useShortcuts(sections: readonly Section[]): void {
  useEffect(() => {
    let goneAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        paletteOpen.value = !paletteOpen.peek();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isOccupied(event.target)) return;
      if (event.timeStamp - goneAt < SEQUENCE_MS) {
        goneAt = Number.NEGATIVE_INFINITY;
        if (goTo(sections, event.key)) event.preventDefault();
      } else if (event.key === "g") goneAt = event.timeStamp;
      else if (act(event.key)) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function goTo(sections: readonly Section[], key: string): boolean {
  const section = sections.find((one) => one.key === key);
  if (section) navigate(section.href);
  return section !== undefined;
}

function act(key: string): boolean {
  if (key === "?") helpOpen.value = true;
  else if (key === "/") return focusSearch();
  else return false;
  return true;
}

/** The page's `SearchField`. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("main [data-search]");
  field?.focus();
  field?.select();
  return field !== null;
}

/** In a field a letter is a letter, and above a dialog the page must not move. */
function isOccupied(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]")) return true;
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
