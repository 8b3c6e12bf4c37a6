// New messages of a stream, as they come: a subscription that begins a little before its end.

import { useEffect, useMemo } from "preact/hooks";
import type { StreamRow } from "../../api/queues.ts";
import { streamDestination } from "../../live/destinations.ts";
import { Inbox } from "../../live/playground/inbox.ts";
import type { Workspace } from "../../live/workspace.ts";
import { InboxCard } from "../playground/inbox-card.tsx";
import "../../style/playground.css";

/** Messages that are shown at once, so that one sees what the new ones follow. */
const BEFORE = 10;

interface Props {
  workspace: Workspace;
  row: StreamRow;
  onStop: () => void;
}

export function Follow({ workspace, row, onStop }: Props) {
  const { client } = workspace.playground.workbench;
  const inbox = useMemo(() => {
    const { first_offset: first, next_offset: next } = row.stream;
    const start = `offset=${Math.max(first, next - BEFORE)}`;
    return new Inbox(0, client, { destination: streamDestination(row.name), ack: "auto", start });
  }, [client]);
  useEffect(() => () => void inbox.close(), [inbox]);
  return <InboxCard inbox={inbox} onClose={onStop} />;
}
