// The dashboard where a proxy serves the gateway below a path, and under its own content policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

const SECTIONS = ["queues", "exchanges", "connections", "webhooks", "hooks", "playground", "vhosts", "users", "overview"];

/** Goes through all sections of a page that is open. */
async function visitAll(page) {
  await isLive(page);
  for (const name of SECTIONS) {
    await byId(page, `nav-${name}`).click();
    await page.waitForFunction((name) => document.querySelector(`[data-testid=nav-${name}]`)?.getAttribute("aria-current") === "page", name);
    await page.waitForTimeout(200); // for what a section asks for
  }
}

for (const base of ["", "/tools/wharf"]) {
  test(`all sections work at ${base || "the root"}, and the policy forbids nothing of it`, async (t) => {
    const server = await Server.start(t, { config: `http.base_path = ${JSON.stringify(base)}\n` });
    const { page, problems } = await open(t, `${server.origin}${base}/`);
    await visitAll(page);
    assert.deepEqual(problems, []); // a browser that forbids something says so as an error
  });
}

test("without its slash the page is led to it, and addresses that it shows are whole", async (t) => {
  const server = await Server.start(t, { config: 'http.base_path = "/tools/wharf"\n' });
  const headers = { authorization: `Basic ${btoa("guest:guest")}`, "content-type": "application/json" };
  const hook = { verification: { scheme: "none" }, destination: "/queue/in" };
  const made = await fetch(`${server.origin}/tools/wharf/api/hooks/%2F/in`, { method: "PUT", headers, body: JSON.stringify(hook) });
  assert.ok(made.ok, await made.text());
  const { page } = await open(t, `${server.origin}/tools/wharf#/hooks/%2F/in`);
  await isLive(page);
  assert.equal(page.url().split("#")[0], `${server.origin}/tools/wharf/`);
  const address = byId(page, "hook-address");
  await address.waitFor();
  assert.match(await address.textContent(), new RegExp(`${server.origin}/tools/wharf/hooks/`));
});

test("a script that is not the page's does not run", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    return window.injected === true;
  });
  assert.equal(ran, false);
  assert.ok(problems.some((problem) => /Content Security Policy/.test(problem)), problems.join("\n"));
});
