import init from "./wharf_client.js";
import type { ConnectOptions } from "./options.js";

let loading: Promise<unknown> | undefined;

/** Loads the WebAssembly module, once for all connections of this page. A failed attempt does not stand in the way. */
export async function loadModule(source: ConnectOptions["wasm"]): Promise<void> {
  loading ??= locate(source).then((location) => init({ module_or_path: location }));
  try {
    await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

/** Node's `fetch` reads no files, so there the octets are read for it. */
async function locate(source: ConnectOptions["wasm"]): Promise<Exclude<ConnectOptions["wasm"], undefined>> {
  const location = source ?? new URL("wharf_client_bg.wasm", import.meta.url);
  if (!(location instanceof URL) || location.protocol !== "file:") return location;
  // Not imported, so that bundlers for the browser have nothing to look for.
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  return new Uint8Array(await readFile(location));
}
