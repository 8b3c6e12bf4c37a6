// Takes the pictures of the README, of a server with some traffic: `node pictures.mjs`, two minutes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chromium } from "playwright-core";
import { WebSocket } from "ws";
import { clientPackage, gatewayBinary, root } from "../../scripts/lib/paths.mjs";

const { connect } = await import(join(clientPackage, "index.js"));

/** How long there is traffic before the pictures: the charts show two minutes. */
const TRAFFIC_MS = 125_000;
const SIZE = { width: 1280, height: 800 };

/** Messages a second, and how many of them are worked off; the surplus waits. */
const TRAFFIC = [
  { queue: "orders", rate: 40, worked: 24 },
  { queue: "invoices", rate: 12, worked: 12 },
  { queue: "mail.outgoing", rate: 25, worked: 25 },
  { queue: "thumbnails", rate: 8, worked: 6 },
  { queue: "audit.log", rate: 3, worked: 0 },
];

const server = spawn(process.env.WHARF_BIN ?? gatewayBinary, ["serve", "--listen", "127.0.0.1:0", "--stomp-listen", "", "--demo"], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const [line] = await once(server.stdout.setEncoding("utf8"), "data");
  const origin = /http:\S+/.exec(line)[0];
  await run(origin);
} finally {
  server.kill();
}

async function run(origin) {
  const client = await connect(`${origin.replace("http", "ws")}/ws`, { login: "guest", passcode: "guest", WebSocket });
  const began = Date.now();
  const phase = () => 1 + 0.5 * Math.sin((Date.now() - began) / 6_000);
  for (const { queue, rate, worked } of TRAFFIC) {
    setInterval(() => {
      for (let left = (rate / 4) * phase(); left > Math.random(); left -= 1) {
        void client.publish(`/queue/${queue}`, { id: Math.ceil(Math.random() * 9_000), item: "rope", metres: 12 }, { persistent: true });
      }
    }, 250).unref();
    if (worked > 0) {
      const handler = () => wait(1_000 / worked / 1.6);
      client.subscribe(`/queue/${queue}`, handler, { ack: "handler" });
    }
  }
  const browser = await chromium.launch({ executablePath: process.env.WHARF_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const [overview, queue] = [await show(browser, `${origin}/#/`), await show(browser, `${origin}/#/queues/%2F/orders`)];
  await wait(TRAFFIC_MS);
  await overview.getByRole("button", { name: "1 min" }).click();
  await queue.getByTestId("look").click();
  for (const page of [overview, queue]) await page.mouse.move(5, 400);
  await queue.getByTestId("messages").or(queue.getByTestId("messages-empty")).waitFor();
  await picture(overview, "overview");
  await picture(queue, "queue");
  await browser.close();
  await client.close();
}

/** A page of its own, each in a window of its own: one that is hidden draws nothing. */
async function show(browser, address) {
  const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: 1.5 });
  await page.goto(address);
  await page.locator("[data-testid=state][data-kind=live]").waitFor();
  return page;
}

async function picture(page, name) {
  const path = join(root, "docs", `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}
