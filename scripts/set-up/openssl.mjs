// The program openssl: it makes the certificates of tests.

import { aptInstall } from "../lib/apt.mjs";
import { asCommand } from "../lib/main.mjs";
import { works } from "../lib/run.mjs";
import { say } from "../lib/say.mjs";

export function openssl() {
  if (!works("openssl", ["version"])) aptInstall(["openssl"]);
}

await asCommand(import.meta.url, () => {
  openssl();
  say("openssl is there");
});
