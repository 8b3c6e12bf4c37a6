import { useComputed } from "@preact/signals";
import type { AckMode } from "/client/index.js";
import { queueOf, streamOf, SUBSCRIBE_SUGGESTIONS } from "../../live/destinations.ts";
import { MAX_FETCH } from "../../live/playground/fetched.ts";
import { type InboxOptions, MAX_PREFETCH } from "../../live/playground/inbox.ts";
import { INBOX_LIMIT } from "../../live/playground/inboxes.ts";
import type { Playground } from "../../live/playground/playground.ts";
import { MAX_COUNT } from "../../live/playground/publishing.ts";
import { ACK_MODES } from "../../live/playground/set-up.ts";
import type { Workspace } from "../../live/workspace.ts";
import { StartField } from "../../parts/start-field.tsx";
import { DestinationField } from "./destination-field.tsx";
import { FetchedMessages } from "./fetched-messages.tsx";
import { NumberField, ProtocolField, SelectField } from "./fields.tsx";

/** Over STOMP messages come by themselves, over HTTP somebody gets them. */
export function ReceivePanel({ workspace }: { workspace: Workspace }) {
  const { playground } = workspace;
  const { fields, protocols } = playground;
  const isPushed = fields.through.value === "stomp";
  const isStream = useComputed(() => isOfStream(workspace, fields.from.value)).value;
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
          if (isPushed) playground.subscribe(subscriptionOf(playground, isStream));
          else void fetch(playground, isStream);
        }}
      >
        <ProtocolField testId="subscribe-protocol" value={fields.through} protocols={protocols} />
        <DestinationField
          form="subscribe"
          value={fields.from}
          queues={workspace.queues}
          suggestions={isPushed ? SUBSCRIBE_SUGGESTIONS : []}
        />
        {isStream && (
          <StartField
            label="From"
            testId="subscribe-start"
            value={fields.start}
            onChange={(text) => (fields.start.value = text)}
            choices={isPushed ? ["next", "first", "last", "offset", "time"] : ["first", "last", "offset", "time"]}
          />
        )}
        {isPushed ? <Subscribe playground={playground} /> : <Fetch playground={playground} isStream={isStream} />}
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

function Fetch({ playground, isStream }: { playground: Playground; isStream: boolean }) {
  const { fetch, take } = playground.fields;
  return (
    <>
      <div class="pair even">
        <NumberField label="Messages" testId="fetch-count" value={fetch} min={1} max={MAX_FETCH} />
        {!isStream && (
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
        )}
      </div>
      <div class="actions">
        <button type="submit" class="primary" data-testid="fetch-submit" disabled={playground.fetched.busy}>
          {take.value === "yes" && !isStream ? "Take messages" : "Look at messages"}
        </button>
      </div>
    </>
  );
}

/** Of a name, as the list of queues and streams knows it. */
function isOfStream({ queues }: Workspace, destination: string): boolean {
  if (streamOf(destination) !== null) return true;
  const name = queueOf(destination);
  return name !== null && queues.row(name)?.stream !== undefined;
}

function subscriptionOf({ fields }: Playground, isStream: boolean): InboxOptions {
  const start = fields.start.peek();
  const ack = fields.ack.peek() as AckMode;
  const credit = fields.credit.peek();
  return {
    destination: fields.from.peek(),
    ack,
    ...(ack !== "auto" && { prefetch: Number(fields.prefetch.peek()) }),
    ...(credit !== "" && { credit: Number(credit) }),
    ...(isStream && start !== "next" && { start }),
  };
}

function fetch({ fields, fetched }: Playground, isStream: boolean): Promise<void> {
  const start = fields.start.peek();
  return fetched.fetch({
    destination: fields.from.peek(),
    count: Number(fields.fetch.peek()),
    take: fields.take.peek() === "yes" && !isStream,
    ...(isStream && { start: start === "next" ? "first" : start }),
  });
}
