// How much a page downloads for the client.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { clientPackage } from "./paths.mjs";

/** Bytes, compressed with gzip -9, of what `import "@wharf/client"` downloads: `index.js`, all that it imports, the module. */
export const BUDGET = 60 * 1024;

/** `files` are those of the budget; `others` come with the other entry points, besides. */
export function measureClient() {
  const modules = imported("index.js");
  const all = readdirSync(clientPackage).filter((name) => name.endsWith(".js") || name.endsWith(".wasm")).map(measure);
  const files = all.filter(({ name }) => modules.has(name) || name.endsWith(".wasm"));
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  return { files, others: all.filter((file) => !files.includes(file)), total: { raw: sum("raw"), gzip: sum("gzip") } };
}

/** The names of a bundled file and of those that it imports, and that they import. */
export function imported(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const code = readFileSync(join(clientPackage, name), "utf8");
  for (const [, next] of code.matchAll(/(?:\bfrom|\bimport)\s*\(?["'`]\.\/([^"'`]+\.js)["'`]/g)) imported(next, found);
  return found;
}

function measure(name) {
  const bytes = readFileSync(join(clientPackage, name));
  return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

export const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
