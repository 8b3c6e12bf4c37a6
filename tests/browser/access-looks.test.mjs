// The pages of users and vhosts, in light, dark and on a phone: pictures of them in `artefacts/`, that none is
// wider than its window, and that none breaks a rule of axe.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { addUser, signIn } from "./access.mjs";
import { ACCESS_PAGES, fillAccess } from "./dashboard.mjs";
import { Server } from "./harness.mjs";
import { isTooWide, LOOKS } from "./looks.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";
import { violations } from "./rules.mjs";

useChromium();

const directory = join(import.meta.dirname, "artefacts");

for (const [look, options] of Object.entries(LOOKS)) {
  test(`every page of users and vhosts fits its window and breaks no rule: ${look}`, async (t) => {
    mkdirSync(directory, { recursive: true });
    const server = await Server.start(t);
    await fillAccess(server);
    for (const { name, hash, act, ready } of ACCESS_PAGES) {
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

for (const colorScheme of ["light", "dark"]) {
  test(`the ways in break no rule in ${colorScheme}`, async (t) => {
    const server = await Server.start(t);
    await addUser(server, "service");
    const { page } = await open(t, server.origin, { colorScheme, reducedMotion: "reduce" });
    await isLive(page);
    await byId(page, "sign-out").click();
    await byId(page, "sign-in-user").waitFor();
    assert.deepEqual(await violations(page), []);
    await signIn(page, "service", "wrong");
    await byId(page, "sign-in-error").waitFor();
    assert.deepEqual(await violations(page), []);
    await byId(page, "tab-token").click();
    await byId(page, "sign-in-token").waitFor();
    assert.deepEqual(await violations(page), []);
    await byId(page, "tab-password").click();
    await signIn(page, "service");
    await byId(page, "barred").waitFor();
    assert.deepEqual(await violations(page), []);
  });
}
