// The queues of the vhost: tools above, the table, and what is selected below.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Link } from "../live/connection.ts";
import { chosen } from "../live/destinations.ts";
import { QueueView } from "../live/queue-view.ts";
import type { Workspace } from "../live/session.ts";
import { CreateQueue } from "./create-queue.tsx";
import { DeleteQueue } from "./delete-queue.tsx";
import { FailureText } from "./failure-text.tsx";
import { formatCount } from "./format.ts";
import { Freshness } from "./freshness.tsx";
import { QueueTable } from "./queue-table.tsx";

export function QueuePanel({ workspace, link }: { workspace: Workspace; link: ReadonlySignal<Link> }) {
  const { feed } = workspace;
  const view = useMemo(() => new QueueView(feed), [feed]);
  const deleting = useSignal<string | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  return (
    <section class="panel queues" aria-labelledby="queues-title">
      <div class="panel-head">
        <h2 id="queues-title" ref={title} tabIndex={-1}>
          Queues
        </h2>
        <Freshness feed={feed} link={link} />
      </div>
      <div class="queue-tools">
        <ViewTools view={view} />
        <CreateQueue workspace={workspace} />
      </div>
      {feed.failure.value && <FailureText failure={feed.failure.value} testId="feed-error" />}
      <QueueTable feed={feed} view={view} onDelete={(name) => (deleting.value = name)} />
      <Selected />
      <DeleteQueue workspace={workspace} name={deleting} onDeleted={() => title.current?.focus()} />
    </section>
  );
}

function ViewTools({ view }: { view: QueueView }) {
  const { subscriptionQueues } = view.shown.value;
  return (
    <div class="view-tools">
      <label class="field">
        <span>Filter by name</span>
        <input
          type="search"
          autocomplete="off"
          spellcheck={false}
          data-testid="queue-filter"
          value={view.filter}
          onInput={(event) => (view.filter.value = event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          data-testid="show-subscription-queues"
          checked={view.showSubscriptionQueues}
          onChange={(event) => (view.showSubscriptionQueues.value = event.currentTarget.checked)}
        />
        <span>
          Show queues of subscriptions (
          <span data-testid="subscription-queues">{formatCount(subscriptionQueues)}</span>)
        </span>
      </label>
    </div>
  );
}

/** Always one line high, so that selecting a queue moves nothing. */
function Selected() {
  const selected = chosen.value;
  return (
    <p class="selected muted" data-testid="selected-queue">
      {selected ? (
        <>
          <b>{selected.queue}</b> selected: <a href="#publish">publish to it</a> or{" "}
          <a href="#subscribe">subscribe to it</a>.
        </>
      ) : (
        "Select a queue to fill in the destination for publishing and subscribing."
      )}
    </p>
  );
}
