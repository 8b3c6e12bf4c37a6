// Installs Debian packages, as root or through sudo.

import { run, works } from "./run.mjs";
import { Failure, say } from "./say.mjs";

let listsAreFresh = false;

export function aptInstall(packages, { env = {} } = {}) {
  if (!works("apt-get")) throw new Failure(`this machine has no apt-get: install ${packages.join(" and ")} yourself`);
  const apt = (...args) => asRoot("apt-get", ["-q", "-y", ...args], { DEBIAN_FRONTEND: "noninteractive", ...env });
  if (!listsAreFresh) apt("update");
  listsAreFresh = true;
  say(`installing ${packages.join(", ")} with apt`);
  apt("install", "--no-install-recommends", ...packages);
}

/** Runs a command as root. Its changes to the environment are given to `env`, since sudo resets it. */
export function asRoot(command, args, env = {}) {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  if (process.getuid() === 0) return run("env", [...settings, command, ...args]);
  if (!works("sudo")) throw new Failure(`${command} needs root, and this machine has no sudo`);
  return run("sudo", ["-n", "env", ...settings, command, ...args]);
}
