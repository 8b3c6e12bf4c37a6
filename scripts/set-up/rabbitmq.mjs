// rabbitmq-server, which the benchmarks compare with. Debian's package starts its service on the default ports;
// the benchmarks start their own on free ones, so the package is told not to.

import { existsSync } from "node:fs";
import { aptInstall, asRoot } from "../lib/apt.mjs";
import { asCommand } from "../lib/main.mjs";
import { say } from "../lib/say.mjs";

const PROGRAM = "/usr/sbin/rabbitmq-server";
// Debian's switch for "install, but start no service": exit code 101 forbids it.
const POLICY = "/usr/sbin/policy-rc.d";

/** Returns the program to start. */
export function rabbitmq() {
  if (existsSync(PROGRAM)) return PROGRAM;
  const ours = !existsSync(POLICY);
  if (ours) asRoot("sh", ["-c", `printf '#!/bin/sh\\nexit 101\\n' > ${POLICY} && chmod 755 ${POLICY}`]);
  try {
    aptInstall(["rabbitmq-server"], { env: { RUNLEVEL: "1" } });
  } finally {
    if (ours) asRoot("rm", ["-f", POLICY]);
  }
  return PROGRAM;
}

await asCommand(import.meta.url, () => say(`rabbitmq-server: ${rabbitmq()}`));
