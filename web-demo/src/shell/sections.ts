// The entries of the navigation, and whom each is shown to.

import type { Rights } from "../live/identity/rights.ts";
import type { IconName } from "../parts/icon.tsx";
import { href } from "../route/address.ts";

/** An entry of the navigation, reached with `g` and its key. */
export interface Section {
  name: string;
  label: string;
  key: string;
  icon: IconName;
  href: string;
  /** The right that it takes besides that to the dashboard. */
  needs?: keyof Rights;
}

const SECTIONS: readonly Section[] = [
  { name: "overview", label: "Overview", key: "o", icon: "overview", href: href([]) },
  { name: "queues", label: "Queues", key: "q", icon: "queue", href: href(["queues"]) },
  { name: "exchanges", label: "Exchanges", key: "e", icon: "exchange", href: href(["exchanges"]) },
  { name: "connections", label: "Connections", key: "c", icon: "connection", href: href(["connections"]) },
  { name: "webhooks", label: "Webhooks", key: "w", icon: "webhook", href: href(["webhooks"]), needs: "administration" },
  { name: "hooks", label: "Inbound hooks", key: "h", icon: "hook", href: href(["hooks"]), needs: "administration" },
  { name: "playground", label: "Playground", key: "p", icon: "playground", href: href(["playground"]) },
  { name: "vhosts", label: "Vhosts", key: "v", icon: "vhost", href: href(["vhosts"]) },
  { name: "users", label: "Users", key: "u", icon: "user", href: href(["users"]), needs: "administration" },
];

/** What is in the navigation of somebody with these rights. */
export function sectionsFor(rights: Rights): readonly Section[] {
  return SECTIONS.filter(({ needs = "dashboard" }) => rights[needs]);
}

/** Whether the pages of a section are for somebody with these rights; those of no section are for all. */
export function mayOpen(section: string, rights: Rights): boolean {
  const found = SECTIONS.find(({ name }) => name === section);
  return found === undefined || rights[found.needs ?? "dashboard"];
}

/** The name of the section that a path belongs to. */
export function sectionOf(path: readonly string[]): string {
  return path[0] ?? "overview";
}
