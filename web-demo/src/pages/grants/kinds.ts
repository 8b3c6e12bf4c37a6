// Permissions and topic permissions: what each is about, in words.

import type { Grant, GrantKind } from "../../api/permissions.ts";

export type Pattern = "configure" | "write" | "read";

export const PATTERN_LABELS: Record<Pattern, string> = { configure: "Configure", write: "Write", read: "Read" };

export interface KindFacts {
  /** "permissions" */
  plural: string;
  patterns: readonly Pattern[];
  /** What each pattern is matched with. */
  notes: Partial<Record<Pattern, string>>;
  /** What holds where there is none. */
  without: string;
}

export const KIND_FACTS: Record<GrantKind, KindFacts> = {
  permissions: {
    plural: "permissions",
    patterns: ["configure", "write", "read"],
    notes: {
      configure: "Names of queues, streams and exchanges that it may declare and delete.",
      write: "Names of exchanges that it may publish to, and of queues that it may bind.",
      read: "Names of queues and streams that it may consume from, and of exchanges that it may bind to.",
    },
    without: "Without one, a user cannot connect to a vhost.",
  },
  "topic-permissions": {
    plural: "topic permissions",
    patterns: ["write", "read"],
    notes: {
      write: "Routing keys that it may publish with.",
      read: "Binding keys that it may subscribe with.",
    },
    without: "Without one for a topic exchange, the permissions on its name decide alone.",
  },
};

/** Identifies a grant among those of its kind. */
export function keyOf({ user, vhost, exchange }: Grant): string {
  return JSON.stringify([user, vhost, exchange]);
}

/** How an exchange is called where "" would be nothing to read. */
export function exchangeText(exchange: string): string {
  return exchange === "" ? "(default exchange)" : exchange;
}
