// What the client's documents say is so.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { clientDir, clientPackage } from "../../scripts/lib/paths.mjs";
import { Server } from "./harness.mjs";
import { open, useChromium } from "./page.mjs";
import { allowing, serve } from "./site.mjs";

useChromium();

const document = (path) => readFileSync(join(clientDir, path), "utf8");

/** The first block of this language. */
const block = (text, language) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(text)[1];

test("the page of the first minute chats between two browsers", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wharf-readme-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const origin = await serve(t, directory);
  const server = await Server.start(t, allowing(origin));

  const page = block(document("README.md"), "html");
  assert.ok(page.trimEnd().split("\n").length <= 15, "fifteen lines");
  // The port is the only thing that a reader of the README has and a test does not.
  writeFileSync(join(directory, "chat.html"), page.replaceAll("127.0.0.1:8080", new URL(server.origin).host));

  const people = [await open(t, `${origin}/chat.html`), await open(t, `${origin}/chat.html`)];
  // A topic keeps nothing for who comes later.
  for (const { page } of people) await page.waitForFunction(() => document.forms[0].onsubmit !== null);
  for (const [index, text] of ["is anybody there?", "yes, grüße <b>€</b>"].entries()) {
    await people[index].page.getByLabel("Say something").fill(text);
    await people[index].page.keyboard.press("Enter");
    for (const { page } of people) await page.locator("li").nth(index).filter({ hasText: text }).waitFor();
  }
  // Chromium asks every site for its picture, and this one has none.
  const problems = people.flatMap(({ problems }) => problems).filter((text) => !/favicon|404/.test(text));
  assert.deepEqual(problems, []);
});

test("the page about the API names everything that is exported", () => {
  const declared = readFileSync(join(clientPackage, "index.d.ts"), "utf8").matchAll(/^export (?:type )?\{(.*?)\}/gms);
  const exported = [...declared].flatMap(([, names]) => names.split(",").map((name) => name.trim()));
  assert.ok(exported.includes("connect") && exported.includes("Validator"), exported.join());
  const page = document("docs/api.md");
  const named = new Set([...page.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name));
  assert.deepEqual(exported.filter((name) => !named.has(name)), [], "not on the page");
});
