// `npm test`: installs what the tests need, builds what they look at, and runs every suite. `npm test -- rust types`
// runs only those named. The last line is the sum over all suites: "N passed, M failed".

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { buildClient } from "./build-client.mjs";
import { BUDGET, imported, measureClient } from "./lib/client-size.mjs";
import { countCargoTest, countNextest, countNodeTest, withExitCode } from "./lib/counts.mjs";
import { asCommand } from "./lib/main.mjs";
import * as paths from "./lib/paths.mjs";
import { watch, works } from "./lib/run.mjs";
import { Failure, say } from "./lib/say.mjs";
import { chromium } from "./set-up/chromium.mjs";
import { firefox } from "./set-up/firefox.mjs";
import { openssl } from "./set-up/openssl.mjs";
import { pythonVenv } from "./set-up/python-venv.mjs";
import { rabbitmq } from "./set-up/rabbitmq.mjs";
import { startRabbitmq } from "./set-up/rabbitmq-node.mjs";

const SUITES = { rust, compare, wasm, types, page, browser };

async function test(args) {
  const wanted = args.length > 0 ? args : Object.keys(SUITES);
  const unknown = wanted.find((name) => !(name in SUITES));
  if (unknown) throw new Failure(`no suite ${unknown}; there are ${Object.keys(SUITES).join(", ")}`);

  const results = [];
  for (const name of wanted) {
    try {
      results.push({ name, ...sum(await SUITES[name]()) });
    } catch (error) {
      // What a suite needs could not be built or installed. The others may still have something to say.
      say(error instanceof Failure ? error.message : error.stack);
      results.push({ name, passed: 0, failed: 1 });
    }
  }
  report(results);
}

function report(results) {
  const { passed, failed } = sum(results);
  for (const suite of results) say(`${suite.name}: ${suite.passed} passed, ${suite.failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
  console.log(`${passed} passed, ${failed} failed`);
}

const sum = (counts) => counts.reduce(
  (total, { passed, failed }) => ({ passed: total.passed + passed, failed: total.failed + failed }),
  { passed: 0, failed: 0 },
);

/** The crates' own tests, the acceptance tests against the built server, and the examples in the documentation. */
async function rust() {
  await build();
  const env = { WHARF_BIN: paths.gatewayBinary, WHARF_PYTHON: pythonVenv() };
  const nextest = works("cargo", ["nextest", "--version"]);
  say(`running the Rust tests with ${nextest ? "cargo nextest" : "cargo test"}`);
  const tests = nextest
    ? await count(countNextest, "cargo", ["nextest", "run", "--locked", "--no-fail-fast"], { env })
    : await count(countCargoTest, "cargo", ["test", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"], { env });
  say("running the examples in the documentation");
  return [tests, await count(countCargoTest, "cargo", ["test", "--locked", "--no-fail-fast", "--doc"], { env })];
}

/** The client, and with it the protocol crate, compiles for the browser to a valid module within its budget. */
async function wasm() {
  await buildClient();
  const { total } = measureClient();
  return [
    verdict("the client fits its budget", total.gzip <= BUDGET),
    verdict("the adapter shares the client's module", imported("stompjs.js").has("index.js")),
    verdict("the inspector comes without the client", !imported("inspector.js").has("index.js")),
  ];
}

/** Every TypeScript project type-checks: each counts as one test. */
async function types() {
  await buildClient();
  const results = [];
  for (const project of [paths.clientDir, paths.pageDir, paths.browserTests]) {
    if (!existsSync(join(project, "tsconfig.json"))) continue;
    const name = project.slice(paths.root.length + 1);
    const { code } = await watch(paths.npmBin("tsc"), ["--noEmit", "-p", project]);
    results.push(verdict(`${name} type-checks`, code === 0));
  }
  return results;
}

/** The dashboard's own tests, without a browser. They are compiled against the types of the built client. */
async function page() {
  await buildClient();
  return workspaceTests(paths.pageDir);
}

/** The pages and the packed client in a real browser, and other clients in Node, against the built server. */
async function browser() {
  await build();
  rabbitmq(); // an application runs against both
  openssl(); // sinks of webhooks have certificates, and a receiver verifies with it
  return workspaceTests(paths.browserTests, { WHARF_BIN: paths.gatewayBinary, WHARF_CHROMIUM: chromium(), WHARF_FIREFOX: firefox() });
}

/** The conformance tests against RabbitMQ: it does the same as we do, but where a table says otherwise. */
async function compare() {
  const node = await startRabbitmq();
  try {
    say("comparing with RabbitMQ");
    const args = ["test", "--locked", "-p", "acceptance", "--test", "conformance", "--"];
    return [await count(countCargoTest, "cargo", [...args, "--ignored", "--nocapture", "comparison::"], { env: node.env })];
  } finally {
    await node.stop();
  }
}

async function workspaceTests(directory, env = {}) {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  say(`running the tests of ${directory.slice(paths.root.length + 1)}`);
  const [command, args] = manifest.scripts?.test ? ["npm", ["run", "test"]] : ["node", ["--test"]];
  return [await count(countNodeTest, command, args, { cwd: directory, env })];
}

async function count(counter, command, args, options) {
  const { code, output } = await watch(command, args, options);
  return withExitCode(counter(output), code);
}

function verdict(name, holds) {
  say(`${holds ? "ok" : "FAILED"}: ${name}`);
  return holds ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

await asCommand(import.meta.url, test);
