// `npm run bench`, `npm run bench:peers` and `npm run bench:instructions`: builds the gateway and the benchmarks, and
// runs them. With --peers it first installs the servers to compare with, with --instructions valgrind. All arguments
// go to the benchmarks.

import { delimiter, join } from "node:path";
import { build } from "./build.mjs";
import { aptInstall } from "./lib/apt.mjs";
import { become } from "./lib/become.mjs";
import { asCommand } from "./lib/main.mjs";
import { benchBinary, gatewayBinary, venv } from "./lib/paths.mjs";
import { run, works } from "./lib/run.mjs";
import { say } from "./lib/say.mjs";
import { natsServer } from "./set-up/nats-server.mjs";
import { rabbitmq } from "./set-up/rabbitmq.mjs";

async function bench(args) {
  await build();
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
  become(benchBinary, [...args, "--wharf", gatewayBinary], { env });
}

await asCommand(import.meta.url, bench);
