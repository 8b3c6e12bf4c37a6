// A RabbitMQ node with Web STOMP for one test run: on loopback, on its own ports, in its own directory. Nothing of an
// installed service is touched.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rabbitmq } from "../../../scripts/set-up/rabbitmq.mjs";
import { within } from "../harness.mjs";

/** Debian's start script itself. The one in `sbin` changes to the service's user. */
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** Below what systems give to outgoing connections, so that no client of another test takes one before the node does. */
const PORTS = { from: 12_000, to: 32_000 };

/** A node takes five seconds to start where it is alone, and several times that beside other tests. */
const START_PATIENCE = 60_000;

export class Rabbitmq {
  #directory = mkdtempSync(join(tmpdir(), "rabbitmq-test-"));
  #processes = [];
  #ports;
  #log = "";

  /** Starts a node. Whoever starts it ends it, with `stop`. */
  static async start() {
    rabbitmq(); // installed where it is missing
    const node = new Rabbitmq();
    try {
      await node.#start();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  /** Where STOMP is spoken over WebSocket. */
  get ws() {
    return `ws://127.0.0.1:${this.#ports.webStomp}/ws`;
  }

  /** The port of STOMP over TCP. */
  get stompPort() {
    return this.#ports.stomp;
  }

  async stop() {
    this.#guard("off");
    const ends = this.#processes.filter(running).map((child) => new Promise((resolve) => child.once("exit", resolve)));
    this.#kill();
    await within(Promise.all(ends), "RabbitMQ ends");
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start() {
    this.#ports = await freePorts(["amqp", "distribution", "mapper", "stomp", "webStomp"]);
    this.#guard("on");
    // Erlang's port mapper would otherwise be started as a daemon that outlives the node.
    this.#spawn("epmd", ["-address", "127.0.0.1", "-port", String(this.#ports.mapper)]);
    await this.#listens(this.#ports.mapper);
    this.#spawn(PROGRAM, []);
    await this.#listens(this.#ports.stomp);
    await this.#listens(this.#ports.webStomp);
  }

  #spawn(program, args) {
    // In a group of its own: the start script and the node end together.
    const child = spawn(program, args, { cwd: this.#directory, env: this.#environment(), stdio: ["ignore", "pipe", "pipe"], detached: true });
    const keep = (text) => (this.#log += text);
    child.on("error", (error) => keep(`${error.message}\n`));
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", keep);
    this.#processes.push(child);
  }

  async #listens(port) {
    const deadline = performance.now() + START_PATIENCE;
    while (!(await accepts(port))) {
      const late = performance.now() > deadline;
      if (late || !this.#processes.every(running)) throw new Error(`RabbitMQ did not start:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #environment() {
    const inside = (name) => join(this.#directory, name);
    const ports = this.#ports;
    writeFileSync(inside("rabbitmq.conf"), [
      `stomp.listeners.tcp.1 = 127.0.0.1:${ports.stomp}`,
      "web_stomp.tcp.ip = 127.0.0.1",
      `web_stomp.tcp.port = ${ports.webStomp}`,
      "web_stomp.ws_path = /ws",
      "",
    ].join("\n"));
    writeFileSync(inside("enabled_plugins"), "[rabbitmq_stomp,rabbitmq_web_stomp].\n");
    return {
      PATH: `${process.env.PATH}:/usr/sbin:/usr/bin:/bin`,
      HOME: this.#directory,
      LANG: "C.UTF-8",
      ERL_EPMD_PORT: String(ports.mapper),
      RABBITMQ_NODENAME: `test${ports.amqp}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(ports.amqp),
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_CONFIG_FILE: inside("rabbitmq.conf"),
      RABBITMQ_CONF_ENV_FILE: inside("none.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: inside("enabled_plugins"),
      RABBITMQ_MNESIA_BASE: inside("mnesia"),
      RABBITMQ_LOG_BASE: inside("log"),
      RABBITMQ_PID_FILE: inside("pid"),
    };
  }

  /** The node ends with this process, also where that is cut short. */
  #guard(onOrOff) {
    process[onOrOff]("exit", this.#kill);
    for (const signal of ["SIGINT", "SIGTERM"]) process[onOrOff](signal, exit);
  }

  // What the node keeps goes with its directory, so it need not be asked to end.
  #kill = () => {
    for (const child of this.#processes.filter(running)) process.kill(-child.pid, "SIGKILL");
  };
}

const exit = () => process.exit(1);
const running = (child) => child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** A free port for each name. */
async function freePorts(names) {
  const free = new Map();
  while (free.size < names.length) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (await canListen(port)) free.set(port, names[free.size]);
  }
  return Object.fromEntries([...free].map(([port, name]) => [name, port]));
}

function canListen(port) {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.destroy(resolve(true))).once("error", () => resolve(false));
  });
}
