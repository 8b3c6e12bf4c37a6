// Projects that use the packed client as others install it.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientPackage, root } from "../../scripts/lib/paths.mjs";
import { capture } from "../../scripts/lib/run.mjs";

const FIXTURES = join(import.meta.dirname, "packed");

/** A project of its own with the packed client in its `node_modules`, and the fixtures beside. */
export function project() {
  const directory = mkdtempSync(join(tmpdir(), "wharf-package-"));
  const [{ filename }] = JSON.parse(capture("npm", ["pack", "--json", "--pack-destination", directory], { cwd: clientPackage }));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "shop", private: true, type: "module" }));
  capture("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: directory });
  // What a project would install besides, as it lies here already.
  for (const name of ["ws", "@types"]) symlinkSync(join(root, "node_modules", name), join(directory, "node_modules", name));
  cpSync(FIXTURES, directory, { recursive: true });
  return directory;
}

export const remove = (directory) => rmSync(directory, { recursive: true, force: true });

/** A page that has nothing but a script. */
export const html = (script) => `<!doctype html><title>shop</title><link rel="icon" href="data:,"><body></body><script type="module" src="${script}"></script>`;

/** Has the fixtures import the client by its address, as pages without a bundler do. */
export function withoutBundler(directory) {
  for (const name of readdirSync(directory).filter((name) => name.endsWith(".js"))) {
    const path = join(directory, name);
    writeFileSync(path, readFileSync(path, "utf8").replace('"@wharf/client"', '"/node_modules/@wharf/client/index.js"'));
  }
}
