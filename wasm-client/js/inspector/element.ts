import type { Client } from "../index.js";

/** Shows what a client does: its state, its outbox, its subscriptions, and what goes over the wire. */
export class WharfInspector extends HTMLElement {
  #client: Client | undefined;

  /** The client that is shown. */
  get client(): Client | undefined {
    return this.#client;
  }

  set client(client: Client | undefined) {
    this.#client = client;
  }
}
