// The messages of a stream, from wherever one wants: reading takes nothing. Where, is in the address.

import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Kept } from "../../api/messages.ts";
import type { StreamRow } from "../../api/queues.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { parseStart, type Start } from "../../live/streams/start.ts";
import { loadWindow, neighboursOf, PAGE, SHOWN_OCTETS, type Window } from "../../live/streams/window.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatMoment, formatTime } from "../../parts/format.ts";
import { StartField } from "../../parts/start-field.tsx";
import { href, queryValue, setQuery } from "../../route/route.ts";
import { SeenItem } from "../messages/seen-item.tsx";
import { Follow } from "./follow.tsx";

/** What is shown when the address says nothing. */
const DEFAULT = "last";

export function Replay({ workspace, row }: { workspace: Workspace; row: StreamRow }) {
  const follows = useComputed(() => queryValue("follow") === "1");
  const following = follows.value;
  const from = useComputed(() => (parseStart(queryValue("from")) ? queryValue("from") : DEFAULT));
  const draft = useSignal(from.peek());
  useSignalEffect(() => {
    draft.value = from.value; // older, newer, and links lead elsewhere too
  });
  const replay = useReplay(workspace, row.name, from, follows);
  const top = useRef<HTMLDivElement>(null);
  const go = (to: string) => {
    if (to === from.peek() && !following) void replay.load();
    else setQuery({ from: to === DEFAULT ? null : to, follow: null });
  };
  return (
    <div class="stack" ref={top}>
      <form
        class="inline-form"
        data-testid="replay-form"
        onSubmit={(event) => {
          event.preventDefault();
          go(draft.peek());
        }}
      >
        <StartField
          label="Read from"
          testId="replay"
          value={draft}
          onChange={(text) => (draft.value = text)}
          choices={["first", "last", "offset", "time"]}
        />
        <button type="submit" class="primary" data-testid="replay-read">
          Read
        </button>
        <button
          type="button"
          data-testid="replay-follow"
          aria-pressed={following}
          onClick={() => setQuery({ follow: following ? null : "1" })}
        >
          {following ? "Stop following" : "Follow new messages"}
        </button>
      </form>
      {following ? (
        <Follow key={row.stream.epoch} workspace={workspace} row={row} onStop={() => setQuery({ follow: null })} />
      ) : (
        <Shown
          row={row}
          start={parseStart(from.value)!}
          replay={replay}
          onGo={(offset) => {
            go(`offset=${offset}`);
            top.current?.scrollIntoView({ block: "nearest" }); // from the buttons below the list
          }}
        />
      )}
    </div>
  );
}

interface ReplayState {
  window: Window | null;
  failure: Failure | null;
  busy: boolean;
  load: () => Promise<void>;
}

/** Reads when the place changes, when the stream is another one, and when the gateway is there again. */
function useReplay(workspace: Workspace, name: string, from: ReadonlySignal<string>, follows: ReadonlySignal<boolean>): ReplayState {
  const { api, vhost, queues } = workspace;
  const window = useSignal<Window | null>(null);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);
  const newest = useRef(0);
  const epoch = useComputed(() => queues.row(name)?.stream?.epoch);

  async function load(): Promise<void> {
    const number = ++newest.current;
    busy.value = true;
    try {
      const loaded = await loadWindow(api, vhost, name, parseStart(from.peek())!);
      if (number !== newest.current) return;
      window.value = loaded;
      failure.value = null;
    } catch (error) {
      if (number === newest.current) failure.value = failureOf(error);
    } finally {
      if (number === newest.current) busy.value = false;
    }
  }

  useSignalEffect(() => {
    void from.value;
    if (epoch.value === undefined || !queues.complete.value || follows.value) return;
    void load();
    return () => void (newest.current += 1);
  });

  return { window: window.value, failure: failure.value, busy: busy.value, load };
}

interface ShownProps {
  row: StreamRow;
  start: Start;
  replay: ReplayState;
  onGo: (offset: number) => void;
}

function Shown({ row, start, replay, onGo }: ShownProps) {
  const { window, failure, busy } = replay;
  if (!window) {
    if (failure) return <FailureText failure={failure} testId="replay-error" />;
    return <EmptyState title="Reading the stream." testId="replay-loading" />;
  }
  const { messages } = window;
  return (
    <>
      {failure && <FailureText failure={failure} testId="replay-error" />}
      <Pager row={row} window={window} onGo={onGo} />
      {missedText(messages, start) && (
        <p class="muted" data-testid="replay-missed">
          {missedText(messages, start)}
        </p>
      )}
      {messages.length === 0 ? (
        <Nothing row={row} start={start} />
      ) : (
        <ol class="seen-list" data-testid="messages" aria-label="Messages, oldest first" aria-busy={busy}>
          {messages.map((message) => (
            <SeenItem
              key={message.offset}
              message={message}
              place={<OffsetLink row={row} offset={message.offset} />}
              name={`the message with offset ${message.offset}`}
              time={message.published}
              shownOctets={SHOWN_OCTETS}
            >
              <RoutingKey message={message} />
            </SeenItem>
          ))}
        </ol>
      )}
      {messages.length > SHORT && <Pager row={row} window={window} onGo={onGo} again />}
    </>
  );
}

/** Up to so many messages, the buttons above them are near enough. */
const SHORT = 5;

interface PagerProps {
  row: StreamRow;
  window: Window;
  onGo: (offset: number) => void;
  /** Below the list: what is said above is not said again. */
  again?: boolean;
}

/** At an end a button stays reachable, so that the focus is not lost with the last page. */
function Pager({ row, window, onGo, again = false }: PagerProps) {
  const { older, newer } = neighboursOf(window.messages, row.stream);
  const suffix = again ? "-below" : "";
  return (
    <div class="pager" role="group" aria-label={again ? "Older and newer messages, below the list" : "Older and newer messages"}>
      <button type="button" data-testid={`replay-older${suffix}`} aria-disabled={older.count === 0} onClick={() => older.count > 0 && onGo(older.from)}>
        <span aria-hidden="true">‹</span> {formatCount(PAGE)} older
      </button>
      <button type="button" data-testid={`replay-newer${suffix}`} aria-disabled={newer.count === 0} onClick={() => newer.count > 0 && onGo(newer.from)}>
        {formatCount(PAGE)} newer <span aria-hidden="true">›</span>
      </button>
      {!again && (
        <p class="muted" role="status" data-testid="replay-note">
          {noteOf(window)} <span class="numbers">{aroundText(older.count, newer.count)}</span>
        </p>
      )}
    </div>
  );
}

function noteOf({ messages, at }: Window): string {
  const [first, last] = [messages[0], messages.at(-1)];
  if (!first || !last) return `Read at ${formatTime(at)}.`;
  const span = first === last ? `Offset ${formatCount(first.offset)}` : `Offsets ${formatCount(first.offset)} to ${formatCount(last.offset)}`;
  return `${span}, read at ${formatTime(at)}.`;
}

function aroundText(older: number, newer: number): string {
  return `${formatCount(older)} older, ${formatCount(newer)} newer.`;
}

/** Said when it begins later than was asked for, since what came before is dropped. */
function missedText(messages: readonly Kept[], start: Start): string | null {
  const first = messages[0];
  if (start.at !== "offset" || !first || first.offset <= start.offset) return null;
  return `Offset ${formatCount(start.offset)} is not kept any more: the oldest from there on is ${formatCount(first.offset)}.`;
}

function Nothing({ row, start }: { row: StreamRow; start: Start }) {
  const { first_offset: first, next_offset: next } = row.stream;
  if (first === next) {
    return (
      <EmptyState title="This stream keeps no messages." testId="replay-empty">
        The next one gets the offset {formatCount(next)}. <a href={href(["queues", row.vhost, row.name], { tab: "publish" })}>Publish one</a>, or
        follow new messages.
      </EmptyState>
    );
  }
  const title = start.at === "time" ? `No message is as new as ${formatMoment(new Date(start.time))}.` : "No message has this offset, or a higher one.";
  return (
    <EmptyState title={title} testId="replay-empty">
      The newest has the offset {formatCount(next - 1)}. <a href={href(["queues", row.vhost, row.name])}>Read the newest</a>.
    </EmptyState>
  );
}

function OffsetLink({ row, offset }: { row: StreamRow; offset: number }) {
  return (
    <a
      class="plain-link"
      data-testid="message-offset"
      href={href(["queues", row.vhost, row.name], { from: `offset=${offset}` })}
      title="Link to the stream from this message on"
    >
      <span class="visually-hidden">Offset </span>
      {formatCount(offset)}
    </a>
  );
}

function RoutingKey({ message }: { message: Kept }) {
  return (
    <span class="muted">
      key <span class="object-name key" data-testid="message-key">{message.routing_key || "(empty)"}</span>
    </span>
  );
}
