// The Python programs that tests run: a virtual environment in .venv with what tests/requirements.txt pins.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "../lib/apt.mjs";
import { asCommand } from "../lib/main.mjs";
import { root, venv } from "../lib/paths.mjs";
import { run, works } from "../lib/run.mjs";
import { say } from "../lib/say.mjs";
import { fingerprint } from "../lib/stamp.mjs";

const python = join(venv, "bin", "python3");
const requirements = join(root, "tests", "requirements.txt");
const stamp = join(venv, ".wharf-installed");

/** Returns the environment's Python, with the tests' packages installed. */
export function pythonVenv() {
  const digest = fingerprint([requirements]);
  if (works(python) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return python;
  createVenv();
  say("installing the tests' Python packages");
  pipInstall(["-r", requirements]);
  writeFileSync(stamp, digest);
  return python;
}

export function createVenv() {
  if (works(python) && works(python, ["-m", "pip", "--version"])) return;
  rmSync(venv, { recursive: true, force: true });
  say("creating a Python environment in .venv");
  // Debian keeps what venv needs in a package of its own.
  if (!works("python3", ["-c", "import ensurepip, venv"])) aptInstall(["python3-venv"]);
  run("python3", ["-m", "venv", venv]);
}

export function pipInstall(args) {
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...args]);
}

await asCommand(import.meta.url, () => say(`Python: ${pythonVenv()}`));
