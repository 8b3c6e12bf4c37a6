// The second browser of the client's tests: one that is installed already, else Debian's Firefox.

import { aptInstall } from "../lib/apt.mjs";
import { asCommand } from "../lib/main.mjs";
import { works } from "../lib/run.mjs";
import { Failure, say } from "../lib/say.mjs";

const NAMES = ["/usr/bin/firefox-esr", "firefox-esr", "firefox"];

/** Returns the program to start. `WHARF_FIREFOX` names another. */
export function firefox() {
  if (process.env.WHARF_FIREFOX) return process.env.WHARF_FIREFOX;
  const found = find();
  if (found) return found;
  say("the client's tests need Firefox");
  aptInstall(["firefox-esr"]);
  const installed = find();
  if (!installed) throw new Failure("Firefox was installed but does not start");
  return installed;
}

const find = () => NAMES.find((name) => works(name));

await asCommand(import.meta.url, () => say(`Firefox: ${firefox()}`));
