// `npm run build`: the client, the pages and the server that embeds both, in target/release/wharf.

import { buildPage } from "./build-page.mjs";
import { asCommand } from "./lib/main.mjs";
import { gatewayBinary } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { say } from "./lib/say.mjs";

export async function build() {
  await buildPage();
  // Cargo decides itself whether there is anything to do, in a fraction of a second.
  say("building the server (a few minutes the first time)");
  run("cargo", ["build", "--locked", "--release", "-p", "gateway"]);
}

await asCommand(import.meta.url, async () => {
  await build();
  say(`built ${gatewayBinary}`);
});
