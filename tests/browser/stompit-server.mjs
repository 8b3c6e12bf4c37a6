// A server that speaks STOMP over TCP.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root, targetDir } from "../../scripts/lib/paths.mjs";
import { within } from "./harness.mjs";

const LISTENING = /^wharf: STOMP on 127\.0\.0\.1:(\d+)$/;

/** Starts one, on ports that the system chooses, and has it killed when the test `t` is over. Gives the port of STOMP. */
export async function stompPort(t) {
  const directory = mkdtempSync(join(tmpdir(), "wharf-test-"));
  // Variables of that beginning would configure it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WHARF_")));
  const args = ["serve", "--listen", "127.0.0.1:0", "--stomp-listen", "127.0.0.1:0", "--data-dir", ":memory:"];
  const child = spawn(binary(), args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    child.kill("SIGKILL");
    await within(ended, "the server ends");
    rmSync(directory, { recursive: true, force: true });
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  const port = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => LISTENING.test(line) && resolve(Number(LISTENING.exec(line)[1])));
    child.once("error", reject);
    ended.then((code) => reject(new Error(`the server ended (${code}): ${log}`)));
  });
  return within(port, "the server speaks STOMP over TCP");
}

function binary() {
  if (process.env.WHARF_BIN) return process.env.WHARF_BIN;
  const built = spawnSync("cargo", ["build", "--quiet", "-p", "gateway", "--bin", "wharf"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (built.status !== 0) throw new Error("the server does not build");
  return join(targetDir, "debug", "wharf");
}
