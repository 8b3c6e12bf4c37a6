// Sites whose pages may use a vhost, as people write them: origins between commas.

import { readTags } from "./tags.ts";

/** What is written for an empty list. */
const NONE = "none";

/** Null: the vhost has no list of its own. */
export function readOrigins(text: string): string[] | null {
  const origins = readTags(text);
  if (origins.length === 0) return null;
  return origins.length === 1 && origins[0] === NONE ? [] : origins;
}

/** The same, to be written anew. */
export function writeOrigins(origins: readonly string[] | null | undefined): string {
  return origins?.length === 0 ? NONE : (origins ?? []).join(", ");
}
