// A RabbitMQ node of our own on loopback, on free ports and in a directory that goes with it: nothing of an installed
// service is touched. As a command it runs one until it is interrupted, and prints what the tests need to know of it.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asCommand } from "../lib/main.mjs";
import { Failure, say } from "../lib/say.mjs";
import { rabbitmq } from "./rabbitmq.mjs";

const HOST = "127.0.0.1";
const PATIENCE_MS = 120_000;
const PLUGINS = ["rabbitmq_stomp", "rabbitmq_web_stomp", "rabbitmq_management"];
// The script that Debian installs in sbin changes to the service's user; this one it calls.
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** Starts a node; resolves to `{ env, stop }` once it answers. `env` is for the tests. */
export async function startRabbitmq() {
  const installed = rabbitmq();
  const directory = mkdtempSync(join(tmpdir(), "wharf-rabbitmq-"));
  const ports = await freePorts(["amqp", "distribution", "mapper", "stomp", "web", "management"]);
  const children = [];
  const stop = async () => {
    for (const child of children.reverse()) await ended(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    // Erlang's port mapper would otherwise be started as a daemon that outlives the node.
    children.push(start("epmd", ["-address", HOST, "-port", String(ports.mapper)], {}));
    await listening(ports.mapper, children);
    children.push(start(existsSync(PROGRAM) ? PROGRAM : installed, [], environment(directory, ports)));
    for (const name of ["stomp", "web", "management"]) await listening(ports[name], children);
  } catch (error) {
    await stop();
    throw error;
  }
  const env = {
    WHARF_TARGET: "rabbitmq",
    WHARF_STOMP: `${HOST}:${ports.stomp}`,
    WHARF_WS: `${HOST}:${ports.web}`,
    WHARF_MANAGEMENT: `${HOST}:${ports.management}`,
  };
  return { env, stop };
}

function environment(directory, ports) {
  const configuration = join(directory, "rabbitmq.conf");
  writeFileSync(configuration, [
    `stomp.listeners.tcp.1 = ${HOST}:${ports.stomp}`,
    `web_stomp.tcp.ip = ${HOST}`,
    `web_stomp.tcp.port = ${ports.web}`,
    "web_stomp.ws_path = /ws",
    `management.tcp.ip = ${HOST}`,
    `management.tcp.port = ${ports.management}`,
    // Numbers of queues are asked for until they are as expected: they should not be seconds old.
    "collect_statistics_interval = 100",
    ...["global", "basic", "detailed"].map((kind) => `management.sample_retention_policies.${kind}.minute = 1`),
    "log.console = false",
    "",
  ].join("\n"));
  const plugins = join(directory, "enabled_plugins");
  writeFileSync(plugins, `[${PLUGINS.join(",")}].\n`);
  return {
    HOME: directory,
    ERL_EPMD_PORT: String(ports.mapper),
    RABBITMQ_NODENAME: `wharf${ports.amqp}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: HOST,
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_CONFIG_FILE: configuration,
    RABBITMQ_CONF_ENV_FILE: join(directory, "none.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_MNESIA_BASE: join(directory, "mnesia"),
    RABBITMQ_LOG_BASE: join(directory, "log"),
    RABBITMQ_PID_FILE: join(directory, "pid"),
  };
}

/** A group of its own, so that an interrupt at the terminal reaches us alone, and `ended` all that it started. */
const start = (program, args, env) =>
  spawn(program, args, { env: { ...process.env, ...env }, stdio: "ignore", detached: true });

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return undefined;
  const end = new Promise((resolve) => child.on("exit", resolve));
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It went in the meantime.
    }
  };
  kill("SIGTERM");
  const late = setTimeout(() => kill("SIGKILL"), 20_000);
  return end.finally(() => clearTimeout(late));
}

async function freePorts(names) {
  const servers = await Promise.all(names.map(() => new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, HOST, () => resolve(server));
  })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]]));
}

async function listening(port, children) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await accepts(port))) {
    const dead = children.some((child) => child.exitCode !== null || child.pid === undefined);
    if (dead || Date.now() > deadline) throw new Failure(`RabbitMQ does not listen on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const accepts = (port) => new Promise((resolve) => {
  const socket = connect(port, HOST, () => resolve(true)).on("error", () => resolve(false));
  socket.on("connect", () => socket.end());
});

await asCommand(import.meta.url, async () => {
  const node = await startRabbitmq();
  for (const [name, value] of Object.entries(node.env)) console.log(`export ${name}=${value}`);
  say("interrupt to stop it");
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, resolve);
  });
  await node.stop();
});
