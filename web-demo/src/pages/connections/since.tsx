import type { ConnectionRow } from "../../api/connections.ts";
import { now } from "../../live/clock.ts";
import { formatDuration } from "../../parts/format.ts";

/** For how long a connection has been there; the moment itself is its title. */
export function Since({ row }: { row: ConnectionRow }) {
  void now.value; // a second has passed
  if (row.connected_at === undefined) return <>–</>;
  const began = new Date(row.connected_at);
  return (
    <time dateTime={began.toISOString()} title={began.toLocaleString("en-GB")}>
      {formatDuration(Math.max(0, Date.now() - row.connected_at))}
    </time>
  );
}
