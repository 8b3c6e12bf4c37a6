import { Client } from "./client.js";
import { loadModule } from "./module.js";
import { type ConnectOptions, readConstructor, readSettings, readUrl } from "./options.js";

/**
 * Connects to a gateway.
 *
 * Resolved when logged in. When the server cannot be reached the client goes on trying, as `options.reconnect` says,
 * and the promise waits with it; it is rejected with a {@link WharfError} when trying makes no sense (wrong password)
 * or when it gives up.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const address = readUrl(url);
  const constructor = readConstructor(options.WebSocket);
  const settings = readSettings(options);
  await loadModule(options.wasm);
  return new Client(address, constructor, settings, options).opened;
}
