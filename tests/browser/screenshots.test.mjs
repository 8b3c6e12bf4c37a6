// Pictures of every page, in light, dark and on a phone, for whoever wants to see what a change did. They are written
// to `artefacts/` and compared with nothing; what is checked is that no page is wider than its window.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fill, fillStreams, PAGES } from "./dashboard.mjs";
import { Server } from "./harness.mjs";
import { isTooWide, LOOKS } from "./looks.mjs";
import { isLive, open, useChromium } from "./page.mjs";

useChromium();

const directory = join(import.meta.dirname, "artefacts");

for (const [look, options] of Object.entries(LOOKS)) {
  test(`every page fits its window: ${look}`, async (t) => {
    mkdirSync(directory, { recursive: true });
    t.diagnostic(`pictures: ${directory}`);
    const server = await Server.start(t);
    await fill(server);
    await fillStreams(server);
    for (const { name, hash, act, ready } of PAGES) {
      await t.test(name, async (t) => {
        const { page, problems } = await open(t, `${server.origin}/${hash}`, { ...options, reducedMotion: "reduce" });
        await isLive(page);
        await act?.(page);
        await page.locator(ready).first().waitFor();
        await page.screenshot({ path: join(directory, `${name}-${look}.png`) });
        assert.equal(await isTooWide(page), false, "the page has to be scrolled sideways");
        assert.deepEqual(problems, []);
      });
    }
  });
}
