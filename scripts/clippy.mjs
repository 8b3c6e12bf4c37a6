// `npm run clippy`: the lints of every crate, warnings refused.

import { existsSync, readdirSync } from "node:fs";
import { asCommand } from "./lib/main.mjs";
import { capture, run, works } from "./lib/run.mjs";
import { say } from "./lib/say.mjs";

const TARGET = "wasm32-unknown-unknown";

function clippy() {
  say("clippy: the server, the client and the tests");
  run("cargo", ["clippy", "--locked", "--all-targets", "--", "-Dwarnings"]);
  say("clippy: the tools");
  run("cargo", ["clippy", "--locked", "--all-targets", "-p", "wharf-bindgen", "-p", "bench", "--", "-Dwarnings"]);
  if (!compilerHasWasm()) {
    say("clippy: skipping the client's browser half, since the default Rust toolchain lacks the wasm target");
    return;
  }
  say("clippy: the client's browser half");
  run("cargo", ["clippy", "--locked", "-p", "wharf-client", "--target", TARGET, "--", "-Dwarnings"]);
}

// Clippy uses the toolchain's own libraries: a compiler that scripts/wasm-rustc.sh put together does not help it.
function compilerHasWasm() {
  if (!works("rustc")) return false;
  const libraries = capture("rustc", ["--print", "target-libdir", "--target", TARGET]);
  return existsSync(libraries) && readdirSync(libraries).some((name) => name.startsWith("libcore-"));
}

await asCommand(import.meta.url, clippy);
