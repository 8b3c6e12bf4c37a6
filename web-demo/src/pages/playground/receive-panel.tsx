import type { AckMode } from "/client/index.js";
import { SUBSCRIBE_SUGGESTIONS } from "../../live/destinations.ts";
import { MAX_FETCH } from "../../live/playground/fetched.ts";
import { type InboxOptions, MAX_PREFETCH } from "../../live/playground/inbox.ts";
import { INBOX_LIMIT } from "../../live/playground/inboxes.ts";
import type { Playground } from "../../live/playground/playground.ts";
import { MAX_COUNT } from "../../live/playground/publishing.ts";
import { ACK_MODES } from "../../live/playground/set-up.ts";
import type { Workspace } from "../../live/workspace.ts";
import { DestinationField } from "./destination-field.tsx";
import { FetchedMessages } from "./fetched-messages.tsx";
import { NumberField, ProtocolField, SelectField } from "./fields.tsx";

/** Over STOMP messages come by themselves, over HTTP somebody gets them. */
export function ReceivePanel({ workspace }: { workspace: Workspace }) {
  const { playground } = workspace;
  const { fields, protocols } = playground;
  const isPushed = fields.through.value === "stomp";
  return (
    <section class="panel" aria-labelledby="receive-title">
      <div class="panel-head">
        <h2 id="receive-title">Receive</h2>
      </div>
      <form
        class="stack"
        aria-labelledby="receive-title"
        data-testid="subscribe-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isPushed) playground.subscribe(subscriptionOf(playground));
          else void fetch(playground);
        }}
      >
        <ProtocolField testId="subscribe-protocol" value={fields.through} protocols={protocols} />
        <DestinationField
          form="subscribe"
          value={fields.from}
          queues={workspace.queues.names}
          suggestions={isPushed ? SUBSCRIBE_SUGGESTIONS : []}
        />
        {isPushed ? <Subscribe playground={playground} /> : <Fetch playground={playground} />}
      </form>
      {!isPushed && <FetchedMessages fetched={playground.fetched} />}
    </section>
  );
}

function Subscribe({ playground }: { playground: Playground }) {
  const { ack, prefetch, credit } = playground.fields;
  const isFull = playground.workbench.inboxes.all.value.length >= INBOX_LIMIT;
  return (
    <>
      <SelectField label="Ack mode" testId="subscribe-ack" value={ack}>
        {ACK_MODES.map((mode) => (
          <option key={mode} value={mode}>
            {mode}
          </option>
        ))}
      </SelectField>
      <div class="pair even">
        {/* In auto mode nothing is ever unacked, so that there is nothing to limit. */}
        <NumberField
          label="Prefetch: most unacked at a time"
          testId="subscribe-prefetch"
          value={prefetch}
          min={1}
          max={MAX_PREFETCH}
          disabled={ack.value === "auto"}
        />
        <NumberField label="Credit: messages until you grant more" testId="subscribe-credit" value={credit} min={0} max={MAX_COUNT} optional />
      </div>
      <div class="actions">
        <button type="submit" class="primary" data-testid="subscribe-submit" disabled={isFull}>
          Subscribe
        </button>
        {isFull && <p class="said">{INBOX_LIMIT} subscriptions are open, the most at a time here.</p>}
      </div>
    </>
  );
}

function Fetch({ playground }: { playground: Playground }) {
  const { fetch, take } = playground.fields;
  return (
    <>
      <div class="pair even">
        <NumberField label="Messages" testId="fetch-count" value={fetch} min={1} max={MAX_FETCH} />
        <label class="check noted">
          <input
            type="checkbox"
            data-testid="fetch-take"
            checked={take.value === "yes"}
            onChange={(event) => (take.value = event.currentTarget.checked ? "yes" : "")}
          />
          <span>
            Take them off the queue
            <small>Nobody else gets them then.</small>
          </span>
        </label>
      </div>
      <div class="actions">
        <button type="submit" class="primary" data-testid="fetch-submit" disabled={playground.fetched.busy}>
          {take.value === "yes" ? "Take messages" : "Look at messages"}
        </button>
      </div>
    </>
  );
}

function subscriptionOf({ fields }: Playground): InboxOptions {
  const ack = fields.ack.peek() as AckMode;
  const credit = fields.credit.peek();
  return {
    destination: fields.from.peek(),
    ack,
    ...(ack !== "auto" && { prefetch: Number(fields.prefetch.peek()) }),
    ...(credit !== "" && { credit: Number(credit) }),
  };
}

function fetch({ fields, fetched }: Playground): Promise<void> {
  return fetched.fetch({
    destination: fields.from.peek(),
    count: Number(fields.fetch.peek()),
    take: fields.take.peek() === "yes",
  });
}
