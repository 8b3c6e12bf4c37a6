// All that a signed-in page works with.

import { effect, type ReadonlySignal } from "@preact/signals";
import type { Client } from "/client/index.js";
import { base } from "../api/base.ts";
import type { ConnectionRow } from "../api/connections.ts";
import type { ExchangeRow } from "../api/exchanges.ts";
import { fetchHooks, type HookRow } from "../api/hooks.ts";
import { Api } from "../api/http.ts";
import type { QueueRow } from "../api/queues.ts";
import { fetchWebhooks, labelOfWebhook, type WebhookRow } from "../api/webhooks.ts";
import type { Account } from "./account.ts";
import type { Link } from "./connection.ts";
import { Feed } from "./feed.ts";
import { Overview } from "./overview.ts";
import { Playground } from "./playground/playground.ts";
import type { Workbench } from "./playground/workbench.ts";
import { PolledRows } from "./polled-rows.ts";
import { sumOf } from "./rates.ts";
import { CONNECTIONS, EXCHANGES, QUEUES } from "./sources.ts";

export class Workspace {
  readonly api: Api;
  readonly vhost: string;
  /** Always kept up to date: the state of the page is read from it. */
  readonly queues: Feed<QueueRow>;
  /** Kept up to date while somebody retains it, as `useFeed` does for a component. */
  readonly exchanges: Feed<ExchangeRow>;
  /** Kept up to date while somebody retains it, as `useFeed` does for a component. */
  readonly connections: Feed<ConnectionRow>;
  /** Read every two seconds while somebody retains it. */
  readonly webhooks: PolledRows<WebhookRow>;
  /** Read every two seconds while somebody retains it. */
  readonly hooks: PolledRows<HookRow>;
  readonly overview: Overview;
  readonly playground: Playground;

  #stopAdding = () => {};

  constructor(
    readonly account: Account,
    /** The connection that the numbers come over, and whose state the page shows. */
    readonly client: Client,
    workbench: Workbench,
    /** Whether the numbers are live, and if not, since when. */
    readonly link: ReadonlySignal<Link>,
  ) {
    this.api = new Api(account);
    this.vhost = account.vhost;
    const context = { client, api: this.api, vhost: account.vhost };
    this.queues = new Feed(QUEUES, context);
    this.exchanges = new Feed(EXCHANGES, context);
    this.connections = new Feed(CONNECTIONS, context);
    this.webhooks = new PolledRows<WebhookRow>({
      fetch: () => fetchWebhooks(this.api, this.vhost),
      labelOf: labelOfWebhook,
      historyOf: ({ status }) => status.waiting + status.retrying,
    });
    this.hooks = new PolledRows<HookRow>({
      fetch: () => fetchHooks(this.api, this.vhost),
      labelOf: (row) => row.name,
      historyOf: ({ status }) => status.accepted,
    });
    this.overview = new Overview(context);
    this.playground = new Playground(workbench, this.api, account.vhost, base());
  }

  start(): void {
    this.queues.retain();
    this.overview.start();
    this.#stopAdding = effect(() => {
      if (this.queues.sampled.value > 0 && !this.overview.pushed.peek()) {
        this.overview.handleSums(sumOf(this.queues.rows().values()));
      }
    });
  }

  handleLoss(): void {
    for (const feed of [this.queues, this.exchanges, this.connections]) feed.handleLoss();
  }

  handleReturn(): void {
    this.overview.handleReturn();
  }

  /** Ends what the page does by itself, and both connections. */
  close(): void {
    for (const list of [this.queues, this.exchanges, this.connections, this.webhooks, this.hooks]) list.stop();
    this.#stopAdding();
    this.overview.stop();
    for (const client of [this.client, this.playground.workbench.client]) void client.close().catch(() => undefined); // it may have ended by itself
  }
}
