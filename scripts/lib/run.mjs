// Starts other programs.

import { spawn, spawnSync } from "node:child_process";
import { basename } from "node:path";
import { root } from "./paths.mjs";
import { Failure } from "./say.mjs";

const environment = (changes) => {
  const env = { ...process.env, ...changes };
  // `undefined` in `changes` means "without it"; spawn would pass the word on.
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
};

/** Runs a build step to its end: what it prints goes to stderr, a failure stops the script. */
export function run(command, args, { cwd = root, env = {} } = {}) {
  const done = spawnSync(command, args, { cwd, env: environment(env), stdio: ["ignore", 2, 2] });
  if (done.error) throw new Failure(`cannot start ${command}: ${done.error.message}`);
  if (done.status !== 0) {
    throw new Failure(`${basename(command)} ${args[0] ?? ""} failed (${done.signal ?? `exit code ${done.status}`})`);
  }
}

/** Runs a program and returns what it printed, without the last line feed. */
export function capture(command, args, { cwd = root, env = {} } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    env: environment(env),
    stdio: ["ignore", "pipe", 2],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.error) throw new Failure(`cannot start ${command}: ${done.error.message}`);
  if (done.status !== 0) throw new Failure(`${basename(command)} ${args[0] ?? ""} failed (exit code ${done.status})`);
  return done.stdout.trimEnd();
}

/** Whether a program is there and answers `--version` (or `args`) with success. */
export function works(command, args = ["--version"]) {
  const done = spawnSync(command, args, { cwd: root, stdio: "ignore" });
  return !done.error && done.status === 0;
}

/** Runs a test program: shows its output as it comes, and resolves to `{ code, output }` with all of it. */
export function watch(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: environment(env), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (stream) => (chunk) => {
      output += chunk;
      stream.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", keep(process.stdout));
    child.stderr.setEncoding("utf8").on("data", keep(process.stderr));
    child.on("error", (error) => resolve({ code: 1, output: `${output}\n${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
