// Tags of users as people write them: between commas.

/** In the order in which they were written, each once. */
export function readTags(text: string): string[] {
  const tags = text.split(",").map((tag) => tag.trim());
  return [...new Set(tags.filter((tag) => tag !== ""))];
}

/** What was chosen among the known ones, and what was written besides. */
export function joinTags(chosen: readonly string[], others: string): string[] {
  return [...new Set([...chosen, ...readTags(others)])];
}
