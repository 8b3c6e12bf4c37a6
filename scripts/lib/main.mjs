// Lets a script be both a command and a function of another script.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Failure, say } from "./say.mjs";

/** Runs `body` when the module at `moduleUrl` is the program that Node was started with. */
export async function asCommand(moduleUrl, body) {
  const program = process.argv[1];
  if (!program || realpathSync(program) !== fileURLToPath(moduleUrl)) return;
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    say(error instanceof Failure ? error.message : error.stack);
    process.exitCode = 1;
  }
}
