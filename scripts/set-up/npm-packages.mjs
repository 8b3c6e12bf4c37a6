// The npm packages of the lock file. Does nothing while node_modules was installed from the same lock file.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asCommand } from "../lib/main.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { say } from "../lib/say.mjs";
import { fingerprint } from "../lib/stamp.mjs";

const MANIFESTS = ["package.json", "package-lock.json", ".npmrc", "wasm-client/package.json", "web-demo/package.json", "tests/browser/package.json"];
// Inside node_modules, so that removing that folder removes the claim too.
const stamp = join(root, "node_modules", ".wharf-installed");

export function npmPackages() {
  const digest = fingerprint(MANIFESTS.map((path) => join(root, path)));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  say("installing npm packages");
  // The level is said here because .npmrc silences npm, errors included.
  run("npm", ["ci", "--loglevel=error", "--no-fund", "--no-audit"]);
  writeFileSync(stamp, digest);
}

await asCommand(import.meta.url, npmPackages);
