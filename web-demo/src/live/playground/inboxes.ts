// The subscriptions of the page.

import { signal } from "@preact/signals";
import type { Client } from "/client/index.js";
import { Inbox, type InboxOptions } from "./inbox.ts";

/** Each keeps up to 200 messages and redraws while they arrive; more than this is no longer readable either. */
export const INBOX_LIMIT = 8;

export class Inboxes {
  readonly all = signal<readonly Inbox[]>([]);
  readonly #client: Client;
  #number = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  open(options: InboxOptions): void {
    this.#number += 1;
    this.all.value = [new Inbox(this.#number, this.#client, options), ...this.all.peek()];
  }

  async close(inbox: Inbox): Promise<void> {
    this.all.value = this.all.peek().filter((other) => other !== inbox);
    await inbox.close();
  }

  handleLoss(): void {
    for (const inbox of this.all.peek()) inbox.handleLoss();
  }
}
