// The dashboard in Chromium, as its tests open it.

import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { PATIENCE } from "./harness.mjs";

let browser;

/** Starts the browser before the tests of a file, and ends it after them. */
export function useChromium() {
  before(async () => {
    const executablePath = process.env.WHARF_CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  });
  after(() => browser?.close());
}

/** A page in a context of its own, and what went wrong on it. `options` are those of Playwright's contexts. */
export async function open(t, url, options = {}) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const answered = new Set();
  page.on("response", (response) => {
    answered.add(response.request());
    if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`);
  });
  page.on("requestfailed", (request) => {
    // Chromium also calls a request failed whose answer came, but whose empty body nobody read.
    if (!answered.has(request)) problems.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  await page.goto(url);
  return { page, problems };
}

/** The element with this test id. */
export const byId = (page, id) => page.locator(`[data-testid="${id}"]`);

/** Waits until the page says that its numbers are live. */
export const isLive = (page) => page.locator('[data-testid=state][data-kind=live]').waitFor();
