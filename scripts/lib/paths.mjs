// Where things are. Every script takes its paths from here, so that CARGO_TARGET_DIR is honoured by all of them.

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Cargo's output; relative values count from the root, where the scripts run cargo. */
export const targetDir = resolve(root, process.env.CARGO_TARGET_DIR || "target");
/** The client is built apart from the server: other flags and another compiler would evict each other's output. */
export const wasmTargetDir = join(targetDir, "wasm");
export const bindgenTargetDir = join(targetDir, "bindgen");

export const gatewayBinary = join(targetDir, "release", "wharf");
export const benchBinary = join(targetDir, "release", "bench");

export const clientDir = join(root, "wasm-client");
export const clientPackage = join(clientDir, "pkg");
export const pageDir = join(root, "web-demo");
export const pageDist = join(pageDir, "dist");
export const browserTests = join(root, "tests", "browser");

export const npmBin = (name) => join(root, "node_modules", ".bin", name);
export const venv = join(root, ".venv");
