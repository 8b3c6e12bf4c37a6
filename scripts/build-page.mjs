// Builds the dashboard and the demo pages into web-demo/dist, from where the server embeds them.

import { join } from "node:path";
import { buildClient } from "./build-client.mjs";
import { asCommand } from "./lib/main.mjs";
import { clientPackage, pageDir, pageDist, root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { say } from "./lib/say.mjs";
import { fingerprint, unlessDone } from "./lib/stamp.mjs";

// The client is one of them: the pages are type-checked against it.
const INPUTS = [pageDir, clientPackage, join(root, "package-lock.json"), join(root, "scripts", "build-page.mjs")];

export async function buildPage() {
  await buildClient();
  await unlessDone("page", {
    digest: fingerprint(INPUTS),
    outputs: [join(pageDist, "index.html")],
    skipped: () => say("the dashboard is up to date"),
  }, () => {
    say("building the dashboard");
    run("npm", ["run", "build", "--loglevel=error"], { cwd: pageDir });
  });
}

await asCommand(import.meta.url, buildPage);
