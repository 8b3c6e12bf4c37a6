// Two browser engines behind one face: Chromium and Firefox, each as it is installed. Nothing is downloaded here.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import puppeteer from "puppeteer-core";
import { PATIENCE } from "./harness.mjs";
import { open, useChromium } from "./page.mjs";

/** Starts both before the tests of a file, and ends them after. Returns how to open an address in each, by its name. */
export function useEngines() {
  useChromium();
  const openInFirefox = useFirefox();
  return {
    Chromium: async (t, address) => (await open(t, address)).page,
    Firefox: openInFirefox,
  };
}

/** Over WebDriver BiDi, which Firefox speaks by itself. */
function useFirefox() {
  const profile = mkdtempSync(join(tmpdir(), "wharf-firefox-"));
  let browser;
  before(async () => {
    const executablePath = process.env.WHARF_FIREFOX ?? "/usr/bin/firefox-esr";
    browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, userDataDir: profile, timeout: 3 * PATIENCE });
  });
  after(async () => {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  });
  return async (t, address) => {
    const context = await browser.createBrowserContext();
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(address);
    return page;
  };
}
