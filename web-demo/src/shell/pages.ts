// The pages: where each is, what it is called, and which component it is.

import type { ComponentType } from "preact";
import { labelOfWebhook } from "../api/webhooks.ts";
import type { IconName } from "../parts/icon.tsx";
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
import { WebhookPage } from "../pages/webhook/index.tsx";
import { WebhooksPage } from "../pages/webhooks/index.tsx";
import { href } from "../route/route.ts";
import type { Workspace } from "../live/workspace.ts";
import type { PageProps } from "./page-props.ts";

export interface Page {
  /** Segments; those that begin with a colon are parameters. */
  path: readonly string[];
  title: (params: Readonly<Record<string, string>>, workspace: Workspace) => string;
  Component: ComponentType<PageProps>;
}

/** An entry of the navigation, reached with `g` and its key. */
export interface Section {
  name: string;
  label: string;
  key: string;
  icon: IconName;
  href: string;
}

export const SECTIONS: readonly Section[] = [
  { name: "overview", label: "Overview", key: "o", icon: "overview", href: href([]) },
  { name: "queues", label: "Queues", key: "q", icon: "queue", href: href(["queues"]) },
  { name: "exchanges", label: "Exchanges", key: "e", icon: "exchange", href: href(["exchanges"]) },
  { name: "connections", label: "Connections", key: "c", icon: "connection", href: href(["connections"]) },
  { name: "webhooks", label: "Webhooks", key: "w", icon: "webhook", href: href(["webhooks"]) },
  { name: "hooks", label: "Inbound hooks", key: "h", icon: "hook", href: href(["hooks"]) },
  { name: "playground", label: "Playground", key: "p", icon: "playground", href: href(["playground"]) },
];

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

/** The name of the section that a path belongs to. */
export function sectionOf(path: readonly string[]): string {
  return path[0] ?? "overview";
}
