// An application written for RabbitMQ Web STOMP does the same here: only the address changes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startRabbitmq } from "../../scripts/set-up/rabbitmq-node.mjs";
import { Server, within } from "./harness.mjs";

const program = fileURLToPath(new URL("application/application.mjs", import.meta.url));
const transcript = readFileSync(new URL("application/transcript.txt", import.meta.url), "utf8");

/** What the application prints when it uses the server at `url`. */
async function run(t, url) {
  const child = spawn(process.execPath, [program, url, "guest", "guest", "/"], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const [printed, complaints, code] = await within(Promise.all([text(child.stdout), text(child.stderr), ended]), "the application ends");
  assert.deepEqual([code, complaints], [0, ""], printed);
  return printed;
}

test("the application runs against Wharf", async (t) => {
  const server = await Server.start(t);
  assert.equal(await run(t, server.ws), transcript);
});

test("the application runs against RabbitMQ", async (t) => {
  const node = await startRabbitmq();
  t.after(() => node.stop());
  assert.equal(await run(t, `ws://${node.env.WHARF_WS}/ws`), transcript);
});
