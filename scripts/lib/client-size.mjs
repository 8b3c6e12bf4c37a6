// How much a page downloads for the client.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { clientPackage } from "./paths.mjs";

/** Bytes, compressed with gzip -9, of everything that a page downloads: module, glue and TypeScript layer. */
export const BUDGET = 60 * 1024;

export function measureClient() {
  const files = readdirSync(clientPackage, { recursive: true })
    .filter((name) => name.endsWith(".js") || name.endsWith(".wasm"))
    .map((name) => {
      const bytes = readFileSync(join(clientPackage, name));
      return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
    });
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  return { files, total: { raw: sum("raw"), gzip: sum("gzip") } };
}

export const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
