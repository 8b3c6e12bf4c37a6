import type { ConnectionRow } from "../../api/connections.ts";

const EXPLAINED: Record<string, string> = {
  running: "Nothing holds it up",
  blocked: "What it publishes waits until the queues hold less",
  flow: "What it publishes waits for a reader that is slow",
};

/** How a connection is doing, in a word. */
export function ConnectionState({ row }: { row: ConnectionRow }) {
  const state = row.state ?? "running";
  return (
    <span class="state" data-state={state === "running" ? "flowing" : "waiting"} title={EXPLAINED[state]}>
      {state}
    </span>
  );
}
