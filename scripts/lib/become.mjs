// Lets a script end as another program, as nearly as Node can: same streams, same signals, same exit code.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { say } from "./say.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

export function become(command, args, { env = process.env } = {}) {
  const program = spawn(command, args, { env, stdio: "inherit" });
  forwardSignals(program);
  program.on("error", (error) => {
    say(`cannot start ${command}: ${error.message}`);
    process.exit(1);
  });
  program.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function forwardSignals(program) {
  for (const signal of SIGNALS) {
    let passedOn = false;
    process.on(signal, () => {
      // A terminal gives Ctrl-C to the whole group, and npm passes on what it gets: the program needs it once.
      const fromTerminal = signal === "SIGINT" && process.stdin.isTTY;
      if (!passedOn && !fromTerminal) program.kill(signal);
      passedOn = true;
    });
  }
}
