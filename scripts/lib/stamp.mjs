// Remembers what a build step was made from, so that it is skipped while nothing changed. Contents are compared,
// not times: a fresh checkout or a touched file is no reason to compile.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./paths.mjs";

// Always inside the clone, also when CARGO_TARGET_DIR is not: a stamp speaks about this clone's outputs.
const stamps = join(root, "target", "stamps");
const NOT_INPUTS = new Set(["node_modules", "target", "dist", "pkg", ".git"]);

/** One digest over the names and contents of files and folders; what does not exist counts as absent. */
export function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesUnder)) {
    hash.update(`${relative(root, path)}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .filter((name) => !NOT_INPUTS.has(name))
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/** Does `work` unless it was last done for the same digest and all `outputs` are still there. */
export async function unlessDone(name, { digest, outputs, skipped }, work) {
  const stamp = join(stamps, name);
  const last = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (last === digest && outputs.every((path) => existsSync(path))) {
    skipped?.();
    return;
  }
  // Removed first, so that an interrupted run is not taken for a finished one.
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, digest);
}
