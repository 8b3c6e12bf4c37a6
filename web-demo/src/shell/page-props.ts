import type { Workspace } from "../live/workspace.ts";

/** What every page gets. Its query it reads with `queryValue` and writes with `setQuery`. */
export interface PageProps {
  workspace: Workspace;
  /** The named segments of its path, decoded: `{ vhost, name }` for `queues/:vhost/:name`. */
  params: Readonly<Record<string, string>>;
}
