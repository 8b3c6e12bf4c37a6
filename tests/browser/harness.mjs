// Starts servers for tests, and waits with a deadline.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root, targetDir } from "../../scripts/lib/paths.mjs";

/** What a test waits at most for one thing to happen, in milliseconds. Spent only by tests that fail. */
export const PATIENCE = 20_000;

/** The promise's value; rejected when it takes longer than it may. */
export async function within(promise, what, milliseconds = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms: ${what}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until `probe` returns something true: for what nobody is told about. */
export async function eventually(what, probe) {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What comes, in order, each to be waited for. */
export class Arrivals {
  #arrived = [];
  #readers = [];

  /** Give this to whoever calls back. */
  push = (item) => {
    const reader = this.#readers.shift();
    if (reader) reader(item);
    else this.#arrived.push(item);
  };

  get waiting() {
    return this.#arrived.length;
  }

  next(what) {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return within(new Promise((resolve) => this.#readers.push(resolve)), what);
  }
}

let builtBinary;

function binary() {
  if (process.env.WHARF_BIN) return process.env.WHARF_BIN;
  if (!builtBinary) {
    const built = spawnSync("cargo", ["build", "--quiet", "-p", "gateway", "--bin", "wharf"], { cwd: root, stdio: ["ignore", 2, 2] });
    if (built.status !== 0) throw new Error("the server does not build");
    builtBinary = join(targetDir, "debug", "wharf");
  }
  return builtBinary;
}

/** A server of the test's own, on ports that the system chooses. */
export class Server {
  #child;
  #directory = mkdtempSync(join(tmpdir(), "wharf-test-"));
  #config;
  #data = ":memory:";
  #log = "";
  port = 0;

  /**
   * Starts one and has it stopped when the test `t` is over. `config` is the text of a configuration file; with `keeps` it has a
   * data directory, and finds it again when it is started again.
   */
  static async start(t, { config = "", keeps = false } = {}) {
    const server = new Server();
    if (keeps) server.#data = join(server.#directory, "data");
    server.#config = join(server.#directory, "wharf.toml");
    writeFileSync(server.#config, config);
    t.after(() => server.#remove());
    await server.start();
    return server;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  get ws() {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  /** Starts it, again on the port that it had. */
  async start() {
    // Variables of that beginning would configure it.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WHARF_")));
    const args = ["serve", "--config", this.#config, "--listen", `127.0.0.1:${this.port}`, "--stomp-listen", "", "--data-dir", this.#data];
    const child = spawn(binary(), args, { cwd: this.#directory, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text) => (this.#log += text));
    const line = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("error", reject);
      child.once("close", (code) => reject(new Error(`the server ended (${code}): ${this.#log}`)));
    });
    line.catch(() => {}); // once it is ready, its end is no surprise
    const ready = /^wharf: ready on http:\/\/127\.0\.0\.1:(\d+)(\/.*)?$/.exec(await within(line, "the server is ready"));
    if (!ready) throw new Error(`not the line of a server that is ready: ${await line}`);
    this.port = Number(ready[1]);
  }

  /** Ends it as a crash would. */
  kill() {
    return this.#end("SIGKILL");
  }

  /** Asks it to end. Resolves to its exit code. */
  terminate() {
    return this.#end("SIGTERM");
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return within(ended, `the server ends after ${signal}`);
  }

  async #remove() {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A request to the management API as guest. */
  api(method, path, body) {
    const headers = { authorization: `Basic ${btoa("guest:guest")}` };
    if (body) headers["content-type"] = "application/json";
    return fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body) });
  }

  /** The row of a queue, or null. */
  async queue(name) {
    const response = await this.api("GET", `/api/queues/%2F/${encodeURIComponent(name)}`);
    return response.status === 404 ? null : response.json();
  }
}
