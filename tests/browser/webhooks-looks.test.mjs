// The pages of webhooks and inbound hooks, in light, dark and on a phone: pictures of them in `artefacts/`, that none is
// wider than its window, and that none breaks a rule of axe.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fill, fillStreams, fillWebhooks, LOOPBACK_SINKS, WEBHOOK_PAGES } from "./dashboard.mjs";
import { Server } from "./harness.mjs";
import { isTooWide, LOOKS } from "./looks.mjs";
import { isLive, open, useChromium } from "./page.mjs";
import { violations } from "./rules.mjs";

useChromium();

const directory = join(import.meta.dirname, "artefacts");

for (const [look, options] of Object.entries(LOOKS)) {
  test(`every page of webhooks fits its window and breaks no rule: ${look}`, async (t) => {
    mkdirSync(directory, { recursive: true });
    const server = await Server.start(t, { config: LOOPBACK_SINKS });
    await fill(server);
    await fillStreams(server);
    await fillWebhooks(server);
    for (const { name, hash, act, ready } of WEBHOOK_PAGES) {
      await t.test(name, async (t) => {
        const { page, problems } = await open(t, `${server.origin}/${hash}`, { ...options, reducedMotion: "reduce" });
        await isLive(page);
        await act?.(page);
        await page.locator(ready).first().waitFor();
        await page.screenshot({ path: join(directory, `${name}-${look}.png`) });
        assert.equal(await isTooWide(page), false, "the page has to be scrolled sideways");
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(problems, []);
      });
    }
  });
}
