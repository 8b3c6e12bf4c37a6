// What the server serves to browsers: the page and the client, with the right types, for every origin.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientPackage } from "../../scripts/lib/paths.mjs";
import { Server } from "./harness.mjs";

const TYPES = {
  js: /^(text|application)\/javascript\b/,
  wasm: /^application\/wasm$/,
  css: /^text\/css\b/,
  svg: /^image\/svg\+xml\b/,
  json: /^application\/json\b/,
};

const typeOf = (path) => TYPES[path.split(".").pop()];

test("the client is served file by file, to pages of every origin", async (t) => {
  const server = await Server.start(t);
  const files = readdirSync(clientPackage).filter((name) => /\.(js|wasm)$/.test(name));
  assert.ok(files.includes("index.js") && files.some((name) => name.endsWith(".wasm")), files.join());
  for (const name of files) {
    const response = await fetch(`${server.origin}/client/${name}`, { headers: { origin: "https://shop.example" } });
    assert.equal(response.status, 200, name);
    assert.match(response.headers.get("content-type"), typeOf(name), name);
    assert.equal(response.headers.get("access-control-allow-origin"), "*", name);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", name);
    assert.ok((await response.arrayBuffer()).byteLength > 0, name);
  }
  assert.equal((await fetch(`${server.origin}/client/nothing.js`)).status, 404);
});

test("what has not changed is not sent again", async (t) => {
  const server = await Server.start(t);
  for (const path of ["/client/index.js", "/client/wharf_client_bg.wasm", "/"]) {
    const first = await fetch(server.origin + path);
    const tag = first.headers.get("etag");
    assert.ok(tag, `${path} has an entity tag`);
    assert.ok(first.headers.get("cache-control"), `${path} says how it may be kept`);
    const again = await fetch(server.origin + path, { headers: { "if-none-match": tag } });
    assert.equal(again.status, 304, path);
    const other = await fetch(server.origin + path, { headers: { "if-none-match": '"another"' } });
    assert.equal(other.status, 200, path);
  }
});

test("all that the page refers to is there", async (t) => {
  const server = await Server.start(t);
  const response = await fetch(server.origin);
  assert.match(response.headers.get("content-type"), /^text\/html\b/);
  const html = await response.text();
  const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  assert.ok(paths.some((path) => path.endsWith(".js")), html);
  for (const path of paths) {
    const part = await fetch(new URL(path, server.origin));
    assert.equal(part.status, 200, path);
    assert.match(part.headers.get("content-type"), typeOf(path), path);
  }
});
