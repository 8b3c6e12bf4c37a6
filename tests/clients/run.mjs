// `npm run test:apt-clients`: STOMP clients in Ruby, Perl and PHP that Debian packages, against the built server. Each
// program prints "ok ..." or "not ok ..." for each check; the last line is the sum: "N passed, M failed".

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "../../scripts/build.mjs";
import { asCommand } from "../../scripts/lib/main.mjs";
import { gatewayBinary } from "../../scripts/lib/paths.mjs";
import { watch } from "../../scripts/lib/run.mjs";
import { Failure, say } from "../../scripts/lib/say.mjs";
import { aptClients } from "../../scripts/set-up/apt-clients.mjs";

const CLIENTS = [
  { name: "Ruby, stomp", command: "ruby", program: "ruby/client.rb" },
  { name: "Perl, Net::Stomp", command: "perl", program: "perl/client.pl" },
  { name: "PHP, stomp", command: "php", program: "php/client.php" },
];
const LISTENING = /^wharf: STOMP on (.+):(\d+)$/;

async function testAptClients() {
  aptClients();
  const binary = process.env.WHARF_BIN ?? (await build(), gatewayBinary);
  const total = { passed: 0, failed: 0 };
  for (const client of CLIENTS) {
    const { passed, failed } = await check(client, binary);
    say(`${client.name}: ${passed} passed, ${failed} failed`);
    total.passed += passed;
    total.failed += failed;
  }
  if (total.failed > 0) process.exitCode = 1;
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

/** Runs one client's program against a server of its own, and counts its checks. */
async function check({ name, command, program }, binary) {
  say(`running the checks of ${name}`);
  const server = await startServer(binary);
  try {
    const path = fileURLToPath(new URL(program, import.meta.url));
    const { code, output } = await watch(command, [path, server.host, server.port]);
    const count = (word) => output.match(new RegExp(`^${word} `, "gm"))?.length ?? 0;
    const counts = { passed: count("ok"), failed: count("not ok") };
    // A program that breaks off, or checks nothing, has failed.
    if (code !== 0 || counts.passed === 0) counts.failed ||= 1;
    return counts;
  } finally {
    await server.stop();
  }
}

async function startServer(binary) {
  const directory = mkdtempSync(join(tmpdir(), "wharf-clients-"));
  const args = ["serve", "--listen", "127.0.0.1:0", "--stomp-listen", "127.0.0.1:0", "--data-dir", ":memory:"];
  const child = spawn(binary, args, { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => LISTENING.test(line) && resolve(LISTENING.exec(line)));
    child.once("error", (error) => reject(new Failure(`cannot start ${binary}: ${error.message}`)));
    ended.then((code) => reject(new Failure(`the server ended (${code})`)));
  });
  const [, host, port] = await listening;
  return { host, port, stop };
}

await asCommand(import.meta.url, testAptClients);
