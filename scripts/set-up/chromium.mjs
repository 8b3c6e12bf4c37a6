// The browser of the browser tests: one that is installed already, else Debian's Chromium.

import { aptInstall } from "../lib/apt.mjs";
import { asCommand } from "../lib/main.mjs";
import { works } from "../lib/run.mjs";
import { Failure, say } from "../lib/say.mjs";

const NAMES = ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"];

/** Returns the program to start. `WHARF_CHROMIUM` names another. */
export function chromium() {
  if (process.env.WHARF_CHROMIUM) return process.env.WHARF_CHROMIUM;
  const found = find();
  if (found) return found;
  say("the browser tests need Chromium");
  aptInstall(["chromium"]);
  const installed = find();
  if (!installed) throw new Failure("Chromium was installed but does not start");
  return installed;
}

const find = () => NAMES.find((name) => works(name));

await asCommand(import.meta.url, () => say(`Chromium: ${chromium()}`));
