// All that a signed-in page works with.

import { effect, type ReadonlySignal } from "@preact/signals";
import type { Client } from "/client/index.js";
import { base } from "../api/base.ts";
import type { ConnectionRow } from "../api/connections.ts";
import type { ExchangeRow } from "../api/exchanges.ts";
import { fetchHooks, type HookRow } from "../api/hooks.ts";
import type { Api } from "../api/http.ts";
import type { QueueRow } from "../api/queues.ts";
import type { VhostRow } from "../api/vhosts.ts";
import { fetchWebhooks, labelOfWebhook, type WebhookRow } from "../api/webhooks.ts";
import { type UserEntry, usersOf, vhostsOf } from "./access/lists.ts";
import type { Link } from "./connection.ts";
import { Feed } from "./feed.ts";
import type { Identity } from "./identity/identity.ts";
import { Overview } from "./overview.ts";
import { Playground } from "./playground/playground.ts";
import type { Workbench } from "./playground/workbench.ts";
import { PolledRows } from "./polled-rows.ts";
import { sumOf } from "./rates.ts";
import { CONNECTIONS, EXCHANGES, QUEUES } from "./sources.ts";
import type { StatisticsKey } from "./statistics.ts";

export interface WorkspaceOptions {
  identity: Identity;
  api: Api;
  vhost: string;
  client: Client;
  workbench: Workbench;
  link: ReadonlySignal<Link>;
}

/** What is told of one vhost alone; the rest is for those who may see the whole server. */
const OF_VHOST: readonly StatisticsKey[] = ["queues", "exchanges"];

export class Workspace {
  /** Who is signed in, and what the page may show. */
  readonly identity: Identity;
  readonly api: Api;
  readonly vhost: string;
  /** The connection that the numbers come over, and whose state the page shows. */
  readonly client: Client;
  /** Whether the numbers are live, and if not, since when. */
  readonly link: ReadonlySignal<Link>;
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
  /** Read every two seconds while somebody retains it; for administrators. */
  readonly users: PolledRows<UserEntry>;
  /** Read every two seconds while somebody retains it. */
  readonly vhosts: PolledRows<VhostRow>;
  readonly overview: Overview;
  readonly playground: Playground;

  #stopAdding = () => {};

  constructor({ identity, api, vhost, client, workbench, link }: WorkspaceOptions) {
    this.identity = identity;
    this.api = api;
    this.vhost = vhost;
    this.client = client;
    this.link = link;
    const { node } = identity.rights;
    const context = { client, api, vhost, pushes: (key: StatisticsKey) => node || OF_VHOST.includes(key) };
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
    this.users = new PolledRows(usersOf(api));
    this.vhosts = new PolledRows(vhostsOf(api, identity.rights));
    this.overview = new Overview(context, identity.rights);
    this.playground = new Playground(workbench, api, vhost, base());
  }

  start(): void {
    this.queues.retain();
    this.overview.start();
    this.#stopAdding = effect(() => {
      if (this.queues.sampled.value > 0 && !this.overview.kept.peek()) {
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
    const lists = [this.queues, this.exchanges, this.connections, this.webhooks, this.hooks, this.users, this.vhosts];
    for (const list of lists) list.stop();
    this.#stopAdding();
    this.overview.stop();
    for (const client of [this.client, this.playground.workbench.client]) void client.close().catch(() => undefined); // it may have ended by itself
  }
}
