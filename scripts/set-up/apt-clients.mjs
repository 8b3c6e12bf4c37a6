// The STOMP clients that Debian packages, which `npm run test:apt-clients` runs.

import { aptInstall } from "../lib/apt.mjs";
import { asCommand } from "../lib/main.mjs";
import { works } from "../lib/run.mjs";
import { Failure } from "../lib/say.mjs";

const CLIENTS = [
  { command: "ruby", args: ["-rstomp", "-e", "Stomp::Connection"], packages: ["ruby-stomp"] },
  { command: "perl", args: ["-MNet::Stomp", "-e", "1"], packages: ["libnet-stomp-perl"] },
  { command: "php", args: ["-r", "exit(extension_loaded('stomp') ? 0 : 1);"], packages: ["php-cli", "php-stomp"] },
];

const missing = () => CLIENTS.filter(({ command, args }) => !works(command, args)).flatMap(({ packages }) => packages);

/** Installs those that do not work yet. */
export function aptClients() {
  if (missing().length === 0) return;
  aptInstall(missing());
  if (missing().length > 0) throw new Failure(`installed, but without effect: ${missing().join(", ")}`);
}

await asCommand(import.meta.url, aptClients);
