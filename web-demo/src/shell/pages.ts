// The pages: where each is, what it is called, and which component it is.

import type { ComponentType } from "preact";
import { labelOfWebhook } from "../api/webhooks.ts";
import { ConnectionPage } from "../pages/connection/index.tsx";
import { ConnectionsPage } from "../pages/connections/index.tsx";
import { ExchangePage } from "../pages/exchange/index.tsx";
import { ExchangesPage } from "../pages/exchanges/index.tsx";
import { HookPage } from "../pages/hook/index.tsx";
import { HooksPage } from "../pages/hooks/index.tsx";
import { OverviewPage } from "../pages/overview/index.tsx";
import { PlaygroundPage } from "../pages/playground/index.tsx";
import { QueuePage } from "../pages/queue/index.tsx";
import { QueuesPage } from "../pages/queues/index.tsx";
import { UserPage } from "../pages/user/index.tsx";
import { UsersPage } from "../pages/users/index.tsx";
import { VhostPage } from "../pages/vhost/index.tsx";
import { VhostsPage } from "../pages/vhosts/index.tsx";
import { WebhookPage } from "../pages/webhook/index.tsx";
import { WebhooksPage } from "../pages/webhooks/index.tsx";
import type { Workspace } from "../live/workspace.ts";
import type { PageProps } from "./page-props.ts";

export interface Page {
  /** Segments; those that begin with a colon are parameters. */
  path: readonly string[];
  title: (params: Readonly<Record<string, string>>, workspace: Workspace) => string;
  Component: ComponentType<PageProps>;
}

const PAGES: readonly Page[] = [
  { path: [], title: () => "Overview", Component: OverviewPage },
  { path: ["queues"], title: () => "Queues and streams", Component: QueuesPage },
  { path: ["queues", ":vhost", ":name"], title: titleOfQueue, Component: QueuePage },
  { path: ["exchanges"], title: () => "Exchanges", Component: ExchangesPage },
  { path: ["exchanges", ":vhost", ":name"], title: ({ name }) => `Exchange ${name}`, Component: ExchangePage },
  { path: ["connections"], title: () => "Connections", Component: ConnectionsPage },
  { path: ["connections", ":name"], title: ({ name }) => `Connection ${name}`, Component: ConnectionPage },
  { path: ["webhooks"], title: () => "Webhooks", Component: WebhooksPage },
  { path: ["webhooks", ":id"], title: titleOfWebhook, Component: WebhookPage },
  { path: ["hooks"], title: () => "Inbound hooks", Component: HooksPage },
  { path: ["hooks", ":vhost", ":name"], title: ({ name }) => `Inbound hook ${name}`, Component: HookPage },
  { path: ["playground"], title: () => "Playground", Component: PlaygroundPage },
  { path: ["vhosts"], title: () => "Vhosts", Component: VhostsPage },
  { path: ["vhosts", ":name"], title: ({ name }) => `Vhost ${name}`, Component: VhostPage },
  { path: ["users"], title: () => "Users", Component: UsersPage },
  { path: ["users", ":name"], title: ({ name }) => `User ${name}`, Component: UserPage },
];

function titleOfQueue({ name = "" }: Readonly<Record<string, string>>, { queues }: Workspace): string {
  return queues.row(name)?.stream ? `Stream ${name}` : `Queue ${name}`;
}

function titleOfWebhook({ id = "" }: Readonly<Record<string, string>>, { webhooks }: Workspace): string {
  const row = webhooks.row(id);
  return `Webhook ${row ? labelOfWebhook(row) : id}`;
}

export interface Match {
  page: Page;
  params: Readonly<Record<string, string>>;
}

/** The page at a path, or null. */
export function findPage(path: readonly string[]): Match | null {
  for (const page of PAGES) {
    const params = paramsOf(page.path, path);
    if (params) return { page, params };
  }
  return null;
}

function paramsOf(pattern: readonly string[], path: readonly string[]): Record<string, string> | null {
  if (pattern.length !== path.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of path.entries()) {
    const expected = pattern[index]!;
    if (expected.startsWith(":")) params[expected.slice(1)] = segment;
    else if (expected !== segment) return null;
  }
  return params;
}
