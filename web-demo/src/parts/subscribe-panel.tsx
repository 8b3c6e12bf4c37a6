import { useSignal } from "@preact/signals";
import type { AckMode, ConnectionState } from "/client/index.js";
import { SUBSCRIBE_SUGGESTIONS } from "../live/destinations.ts";
import { MAX_PREFETCH } from "../live/inbox.ts";
import { INBOX_LIMIT } from "../live/inboxes.ts";
import type { Workspace } from "../live/workspace.ts";
import { DestinationField } from "./destination-field.tsx";
import { InboxCard } from "./inbox-card.tsx";

const ACK_MODES: AckMode[] = ["auto", "client-individual", "client"];

export function SubscribePanel({ workspace }: { workspace: Workspace }) {
  const { inboxes, state } = workspace.workbench;
  return (
    <section class="panel" id="subscribe" tabIndex={-1} aria-labelledby="subscribe-title">
      <div class="panel-head">
        <h2 id="subscribe-title">Subscribe</h2>
        {state.value === "connected" || <Interrupted state={state.value} />}
      </div>
      <SubscribeForm workspace={workspace} />
      {inboxes.all.value.map((inbox) => (
        <InboxCard key={inbox.id} inbox={inbox} onClose={() => void inboxes.close(inbox)} />
      ))}
    </section>
  );
}

function Interrupted({ state }: { state: ConnectionState }) {
  return (
    <p class="freshness" data-testid="work-interrupted">
      {state === "closed" ? "Disconnected: sign in again" : "Reconnecting; subscriptions go on by themselves"}
    </p>
  );
}

function SubscribeForm({ workspace }: { workspace: Workspace }) {
  const destination = useSignal("");
  const ack = useSignal<AckMode>("auto");
  const prefetch = useSignal("20");
  const { inboxes } = workspace.workbench;
  const full = inboxes.all.value.length >= INBOX_LIMIT;

  function subscribe(): void {
    const chosen = { destination: destination.peek(), ack: ack.peek() };
    inboxes.open(chosen.ack === "auto" ? chosen : { ...chosen, prefetch: Number(prefetch.peek()) });
  }

  return (
    <form
      class="stack"
      aria-labelledby="subscribe-title"
      data-testid="subscribe-form"
      onSubmit={(event) => {
        event.preventDefault();
        subscribe();
      }}
    >
      <DestinationField
        form="subscribe"
        value={destination}
        queues={workspace.queues.names}
        suggestions={SUBSCRIBE_SUGGESTIONS}
      />
      <div class="pair">
        <label class="field">
          <span>Ack mode</span>
          <select
            data-testid="subscribe-ack"
            value={ack}
            onChange={(event) => (ack.value = event.currentTarget.value as AckMode)}
          >
            {ACK_MODES.map((mode) => (
              <option key={mode} value={mode}>
                {mode}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Prefetch</span>
          <input
            type="number"
            required
            min={1}
            max={MAX_PREFETCH}
            // In auto mode nothing is ever unacked, so that there is nothing to limit.
            disabled={ack.value === "auto"}
            data-testid="subscribe-prefetch"
            value={prefetch}
            onInput={(event) => (prefetch.value = event.currentTarget.value)}
          />
        </label>
      </div>
      <div class="actions">
        <button type="submit" class="primary" data-testid="subscribe-submit" disabled={full}>
          Subscribe
        </button>
        {full && <p class="said">{INBOX_LIMIT} subscriptions are open, the most at a time here.</p>}
      </div>
    </form>
  );
}
