// No page of the dashboard breaks a rule of axe, in light and in dark.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, fillStreams, PAGES } from "./dashboard.mjs";
import { Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";
import { violations } from "./rules.mjs";

useChromium();

for (const colorScheme of ["light", "dark"]) {
  test(`pages break no rule in ${colorScheme}`, async (t) => {
    const server = await Server.start(t);
    await fill(server);
    await fillStreams(server);
    for (const { name, hash, act, ready } of PAGES) {
      await t.test(name, async (t) => {
        const { page, problems } = await open(t, `${server.origin}/${hash}`, { colorScheme, reducedMotion: "reduce" });
        await isLive(page);
        await act?.(page);
        await page.locator(ready).first().waitFor();
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(problems, []);
      });
    }
  });
}

test("what opens above a page breaks no rule", async (t) => {
  const server = await Server.start(t);
  await fill(server);
  const { page } = await open(t, `${server.origin}/#/queues`, { reducedMotion: "reduce" });
  await isLive(page);
  await page.keyboard.press("Control+k");
  await byId(page, "palette-choice").first().waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await byId(page, "palette").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await byId(page, "shortcuts").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await page.locator('[data-name="orders"]').getByTestId("delete-queue").click();
  await byId(page, "confirm-dialog").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await page.locator('[data-name="mail.outgoing"]').getByTestId("delete-queue").click();
  await byId(page, "confirm-act").click();
  await byId(page, "undo").waitFor();
  assert.deepEqual(await violations(page), []);
});

test("a page that is not live, and the one to sign in at, break no rule", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, `${server.origin}/#/`, { reducedMotion: "reduce" });
  await isLive(page);
  await server.kill();
  await byId(page, "stale").first().waitFor();
  assert.deepEqual(await violations(page), []);
  await server.start();
  await isLive(page);
  await byId(page, "sign-out").click();
  await byId(page, "sign-in-user").waitFor();
  assert.deepEqual(await violations(page), []);
});
