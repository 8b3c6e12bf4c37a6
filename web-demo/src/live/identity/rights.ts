// What a user's tags let the dashboard show. The gateway refuses the rest by itself; this keeps it out of sight.

export interface Rights {
  /** May use the dashboard at all. */
  dashboard: boolean;
  /** What is of no single vhost: the node, its listeners, the connections of others. */
  node: boolean;
  /** Users, their permissions, changes of vhosts, webhooks and inbound hooks. */
  administration: boolean;
}

/** What any of these tags opens, in the words of RabbitMQ. */
export const TAGS = ["administrator", "monitoring", "policymaker", "management"] as const;

export type Tag = (typeof TAGS)[number];

export const TAG_MEANINGS: Record<Tag, string> = {
  administrator: "everything: users, permissions, vhosts, webhooks",
  monitoring: "all figures and connections, and the node",
  policymaker: "what is of its vhosts, and their policies",
  management: "what is of its vhosts",
};

export function rightsOf(tags: readonly string[]): Rights {
  const administration = tags.includes("administrator");
  return {
    dashboard: TAGS.some((tag) => tags.includes(tag)),
    node: administration || tags.includes("monitoring"),
    administration,
  };
}

/** Which vhost to begin with: the first of those wished for that may be used, else `/`, else any. Null: there is none. */
export function chooseVhost(allowed: readonly string[], wished: readonly (string | null)[]): string | null {
  const first = [...wished, "/"].find((vhost) => vhost !== null && allowed.includes(vhost));
  return first ?? allowed[0] ?? null;
}
