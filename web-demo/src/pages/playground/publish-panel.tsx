import { useComputed, useSignal } from "@preact/signals";
import { readHeaders } from "../../live/header-lines.ts";
import { PUBLISH_SUGGESTIONS } from "../../live/destinations.ts";
import type { Playground } from "../../live/playground/playground.ts";
import type { Outgoing, Protocol } from "../../live/playground/protocol.ts";
import { MAX_COUNT, type Outcome, publish } from "../../live/playground/publishing.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { DestinationField } from "./destination-field.tsx";
import { NumberField, ProtocolField, TextArea } from "./fields.tsx";

const JSON_TYPE = "application/json";
const CONTENT_TYPES = [JSON_TYPE, "text/plain"];

export function PublishPanel({ workspace }: { workspace: Workspace }) {
  const { playground } = workspace;
  const { fields, protocols } = playground;
  const mistake = useSignal<string | null>(null);
  const sending = useSignal<number | null>(null);
  const outcome = useSignal<Outcome | null>(null);

  async function send(): Promise<void> {
    outcome.value = null;
    mistake.value = mistakeIn(playground);
    if (mistake.peek() !== null) return;
    sending.value = 0;
    const count = Number(fields.count.peek());
    outcome.value = await publish(protocolOf(playground), messageOf(playground), count, (confirmed) => (sending.value = confirmed));
    sending.value = null;
  }

  function format(): void {
    mistake.value = mistakeIn(playground);
    if (mistake.peek() === null) fields.body.value = JSON.stringify(JSON.parse(fields.body.peek()), null, 2);
  }

  return (
    <section class="panel" aria-labelledby="publish-title">
      <div class="panel-head">
        <h2 id="publish-title">Publish</h2>
      </div>
      <form
        class="stack"
        aria-labelledby="publish-title"
        data-testid="publish-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <ProtocolField testId="publish-protocol" value={fields.via} protocols={protocols} />
        <DestinationField form="publish" value={fields.to} queues={workspace.queues} suggestions={PUBLISH_SUGGESTIONS} />
        <TextArea label="Body" testId="publish-body" rows={5} value={fields.body} />
        <div class="pair">
          <ContentTypeField playground={playground} />
          <NumberField label="Count" testId="publish-count" value={fields.count} min={1} max={MAX_COUNT} />
        </div>
        <details>
          <summary data-testid="publish-more">Headers</summary>
          <TextArea label="One a line, name: value" testId="publish-headers" rows={2} value={fields.headers} />
        </details>
        <div class="actions">
          <button type="submit" class="primary" data-testid="publish-submit" disabled={sending.value !== null}>
            Publish
          </button>
          <button type="button" data-testid="publish-pretty" disabled={fields.type.value !== JSON_TYPE} onClick={format}>
            Format JSON
          </button>
          <p class="said" role="status" data-testid="publish-result">
            {sending.value !== null && waitingText(sending.value, Number(fields.count.value))}
            {outcome.value && outcomeText(outcome.value)}
          </p>
        </div>
        {mistake.value && (
          <p class="failure" role="alert" data-testid="publish-mistake">
            {mistake.value}
          </p>
        )}
        {outcome.value?.failure && <FailureText failure={outcome.value.failure} testId="publish-error" />}
        <Code playground={playground} />
      </form>
    </section>
  );
}

function ContentTypeField({ playground }: { playground: Playground }) {
  const { type } = playground.fields;
  return (
    <label class="field">
      <span>Content type</span>
      <input
        list="content-types"
        autocomplete="off"
        spellcheck={false}
        data-testid="publish-content-type"
        value={type}
        onInput={(event) => (type.value = event.currentTarget.value)}
      />
      <datalist id="content-types">
        {CONTENT_TYPES.map((type) => (
          <option key={type} value={type} />
        ))}
      </datalist>
    </label>
  );
}

/** What to type elsewhere to send the same. */
function Code({ playground }: { playground: Playground }) {
  const code = useComputed(() => (mistakeIn(playground) === null ? codeOf(playground) : null));
  return (
    <details>
      <summary data-testid="publish-code">The same from code</summary>
      <pre class="code" tabIndex={0} aria-label="Code that publishes the same" data-testid="code">
        {code.value ?? "Once the form is filled in."}
      </pre>
    </details>
  );
}

function codeOf(playground: Playground): string | null {
  if (playground.fields.to.value === "") return null;
  try {
    return protocolOf(playground).code(messageOf(playground));
  } catch {
    return null; // a destination that this protocol does not know; publishing says so
  }
}

function protocolOf({ protocols, fields }: Playground): Protocol {
  return protocols.find(({ id }) => id === fields.via.value) ?? protocols[0]!;
}

function messageOf({ fields }: Playground): Outgoing {
  return {
    destination: fields.to.value,
    body: fields.body.value,
    contentType: fields.type.value.trim(),
    headers: readHeaders(fields.headers.value),
  };
}

/** The gateway takes any body; one that says it is JSON and is not would only trouble its reader. */
function mistakeIn({ fields }: Playground): string | null {
  try {
    readHeaders(fields.headers.value);
  } catch (error) {
    return `Headers: ${(error as Error).message}.`;
  }
  if (fields.type.value.trim() !== JSON_TYPE) return null;
  try {
    JSON.parse(fields.body.value);
    return null;
  } catch (error) {
    return `The body is not JSON: ${(error as Error).message}. Correct it, or change the content type.`;
  }
}

function waitingText(confirmed: number, count: number): string {
  if (count === 1) return "Waiting for the confirmation.";
  return `${formatCount(confirmed)} of ${formatCount(count)} confirmed.`;
}

function outcomeText({ confirmed, routed, unrouted, milliseconds, failure }: Outcome): string | null {
  if (failure && confirmed === 0) return null;
  const reached = routed === null ? "" : `, routed to ${formatCount(routed)}`;
  const lost = unrouted === 0 || routed === 0 ? "" : `, ${formatCount(unrouted)} to no queue`;
  const stopped = failure ? ", then stopped" : ` in ${formatCount(Math.max(1, milliseconds))} ms`;
  return `${formatCount(confirmed)} confirmed${reached}${lost}${stopped}.`;
}
