// `npm run bench`, `npm run bench:peers` and `npm run bench:instructions`: builds the gateway and the benchmarks, and
// runs them. With --peers it first installs the servers to compare with, with --instructions valgrind. All arguments
// go to the benchmarks. The client's, in Chromium, come last without arguments, and alone with `npm run bench -- browser`.

import { delimiter, join } from "node:path";
import { build } from "./build.mjs";
import { aptInstall } from "./lib/apt.mjs";
import { become } from "./lib/become.mjs";
import { asCommand } from "./lib/main.mjs";
import { benchBinary, gatewayBinary, venv } from "./lib/paths.mjs";
import { run, watch, works } from "./lib/run.mjs";
import { Failure, say } from "./lib/say.mjs";
import { chromium } from "./set-up/chromium.mjs";
import { natsServer } from "./set-up/nats-server.mjs";
import { rabbitmq } from "./set-up/rabbitmq.mjs";

async function bench(args) {
  await build();
  if (args[0] === "browser") return browser();
  say("building the benchmarks");
  run("cargo", ["build", "--locked", "--release", "-p", "bench"]);
  const env = { ...process.env };
  if (args.includes("--peers")) {
    natsServer();
    rabbitmq();
    // Where the two installers put the programs; sbin is not in everybody's path.
    env.PATH = [join(venv, "bin"), env.PATH, "/usr/sbin"].join(delimiter);
  }
  if (args.includes("--instructions") && !works("valgrind")) aptInstall(["valgrind"]);
  const server = [...args, "--wharf", gatewayBinary];
  if (args.length > 0) return become(benchBinary, server, { env });
  const { code } = await watch(benchBinary, server, { env });
  if (code !== 0) throw new Failure(`the benchmarks of the server failed (exit code ${code})`);
  await browser();
}

/** The client beside another one. */
async function browser() {
  say("measuring the client in Chromium");
  // Loads what the build has made and installed.
  const { benchBrowser } = await import("../tests/bench/browser/run.mjs");
  await benchBrowser(gatewayBinary, chromium());
}

await asCommand(import.meta.url, bench);
