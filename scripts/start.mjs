// `npm start`: builds what is missing, then becomes the gateway with the demo traffic. Arguments go to the server:
// `npm start -- --listen 127.0.0.1:9000`.

import { build } from "./build.mjs";
import { become } from "./lib/become.mjs";
import { asCommand } from "./lib/main.mjs";
import { gatewayBinary } from "./lib/paths.mjs";
import { say } from "./lib/say.mjs";

async function start(args) {
  await build();
  say("starting the server with the demo traffic");
  become(gatewayBinary, ["serve", "--demo", ...args]);
}

await asCommand(import.meta.url, start);
