// The packed client where people use it: plain pages, bundlers, workers, Node, and a strict TypeScript project.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build as vite } from "vite";
import webpack from "webpack";
import { npmBin } from "../../scripts/lib/paths.mjs";
import { Server } from "./harness.mjs";
import { html, project, remove, withoutBundler } from "./package-support.mjs";
import { open, useChromium } from "./page.mjs";
import { allowing, serve } from "./site.mjs";

useChromium();

const execute = promisify(execFile);

/** What a page runs, and what it has heard in the end. */
const PAGES = {
  page: "from a page",
  "worker-page": "from a worker",
  "shared-worker-page": "from a shared worker",
};

let shop;
before(() => (shop = project()));
after(() => remove(shop));

/** Opens each of the pages of a built site, and waits for what it heard. */
async function visit(t, directory) {
  const origin = await serve(t, directory);
  const server = await Server.start(t, allowing(origin));
  for (const [name, heard] of Object.entries(PAGES)) {
    await t.test(name, async (t) => {
      const { page, problems } = await open(t, `${origin}/${name}.html?gateway=${encodeURIComponent(server.ws)}`);
      await page.waitForFunction(() => document.body?.dataset.heard);
      assert.equal(await page.evaluate(() => document.body.dataset.heard), heard);
      assert.deepEqual(problems, []);
    });
  }
}

test("pages and workers without a bundler", async (t) => {
  const plain = project();
  t.after(() => remove(plain));
  withoutBundler(plain);
  for (const name of Object.keys(PAGES)) writeFileSync(join(plain, `${name}.html`), html(`/${name}.js`));
  await visit(t, plain);
});

test("pages and workers built with Vite", async (t) => {
  for (const name of Object.keys(PAGES)) writeFileSync(join(shop, `${name}.html`), html(`/${name}.js`));
  await vite({
    root: shop,
    configFile: false,
    logLevel: "error",
    build: { outDir: "vite", rolldownOptions: { input: Object.keys(PAGES).map((name) => join(shop, `${name}.html`)) } },
    worker: { format: "es" },
  });
  await visit(t, join(shop, "vite"));
});

test("pages and workers built with webpack", async (t) => {
  const output = join(shop, "webpack");
  await pack({
    mode: "production",
    context: shop,
    entry: Object.fromEntries(Object.keys(PAGES).map((name) => [name, `./${name}.js`])),
    output: { path: output, filename: "[name].js", publicPath: "/" },
  });
  for (const name of Object.keys(PAGES)) writeFileSync(join(output, `${name}.html`), html(`/${name}.js`));
  await visit(t, output);
});

test("Node", async (t) => {
  const server = await Server.start(t);
  const { stdout } = await execute(process.execPath, ["node.mjs", server.ws], { cwd: shop });
  assert.equal(stdout, "hello\n");
});

test("who imports one class gets one class", async () => {
  const outDir = join(shop, "one-class");
  await vite({
    root: shop,
    configFile: false,
    logLevel: "error",
    build: { outDir, lib: { entry: join(shop, "one-class.js"), formats: ["es"], fileName: "one-class" } },
  });
  const files = readdirSync(outDir);
  assert.deepEqual(files, ["one-class.js"], "no module comes along");
  const { size } = statSync(join(outDir, "one-class.js"));
  assert.ok(size < 1_024, `${size} octets for a class of a few lines`);
});

for (const [module, moduleResolution] of [["ESNext", "Bundler"], ["NodeNext", "NodeNext"]]) {
  test(`types are right and wrong where they should be, with ${moduleResolution}`, async () => {
    const compilerOptions = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noEmit: true, target: "ES2022", module, moduleResolution };
    const config = join(shop, `tsconfig.${moduleResolution}.json`);
    const lib = ["ES2022", "DOM", "DOM.AsyncIterable"];
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, lib, types: [] }, files: ["right.ts", "wrong.ts"] }));
    await assert.doesNotReject(execute(npmBin("tsc"), ["-p", config], { cwd: shop }).catch((error) => {
      throw new Error(error.stdout);
    }));
  });
}

async function pack(options) {
  const compiler = webpack(options);
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  assert.deepEqual([...stats.compilation.errors, ...stats.compilation.warnings].map(({ message }) => message), []);
}
