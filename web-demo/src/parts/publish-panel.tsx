import { type Signal, useSignal } from "@preact/signals";
import { PUBLISH_SUGGESTIONS } from "../live/destinations.ts";
import { MAX_COUNT, type Outcome, parseHeaders, publish } from "../live/publishing.ts";
import type { Workspace } from "../live/workspace.ts";
import { DestinationField } from "./destination-field.tsx";
import { FailureText } from "./failure-text.tsx";
import { formatCount } from "./format.ts";

const CONTENT_TYPES = ["application/json", "text/plain"];

export function PublishPanel({ workspace }: { workspace: Workspace }) {
  const destination = useSignal("");
  const body = useSignal('{"hello": "wharf"}');
  const contentType = useSignal("application/json");
  const headers = useSignal("");
  const count = useSignal("1");
  const mistake = useSignal<string | null>(null);
  const sending = useSignal<number | null>(null);
  const outcome = useSignal<Outcome | null>(null);

  async function send(): Promise<void> {
    const parsed = parseHeaders(headers.peek());
    mistake.value = mistakeIn(parsed, contentType.peek(), body.peek());
    outcome.value = null;
    if (mistake.peek() || "badLine" in parsed) return;
    sending.value = 0;
    const publication = {
      destination: destination.peek(),
      body: body.peek(),
      contentType: contentType.peek(),
      headers: parsed.headers,
      count: Number(count.peek()),
    };
    outcome.value = await publish(workspace.workbench.client, publication, (confirmed) => (sending.value = confirmed));
    sending.value = null;
  }

  return (
    <section class="panel" id="publish" tabIndex={-1} aria-labelledby="publish-title">
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
        <DestinationField
          form="publish"
          value={destination}
          queues={workspace.queues.names}
          suggestions={PUBLISH_SUGGESTIONS}
        />
        <TextArea label="Body" testId="publish-body" rows={4} value={body} />
        <div class="pair">
          <label class="field">
            <span>Content type</span>
            <input
              required
              list="content-types"
              autocomplete="off"
              spellcheck={false}
              data-testid="publish-content-type"
              value={contentType}
              onInput={(event) => (contentType.value = event.currentTarget.value)}
            />
            <datalist id="content-types">
              {CONTENT_TYPES.map((type) => (
                <option key={type} value={type} />
              ))}
            </datalist>
          </label>
          <label class="field">
            <span>Count</span>
            <input
              type="number"
              required
              min={1}
              max={MAX_COUNT}
              data-testid="publish-count"
              value={count}
              onInput={(event) => (count.value = event.currentTarget.value)}
            />
          </label>
        </div>
        <details>
          <summary data-testid="publish-more">Headers</summary>
          <TextArea label="One a line, name: value" testId="publish-headers" rows={2} value={headers} />
        </details>
        <div class="actions">
          <button type="submit" class="primary" data-testid="publish-submit" disabled={sending.value !== null}>
            Publish
          </button>
          <p class="said" role="status" data-testid="publish-result">
            {sending.value !== null && waitingText(sending.value, Number(count.value))}
            {outcome.value && outcomeText(outcome.value)}
          </p>
        </div>
        {mistake.value && (
          <p class="failure" role="alert" data-testid="publish-mistake">
            {mistake.value}
          </p>
        )}
        {outcome.value?.failure && <FailureText failure={outcome.value.failure} testId="publish-error" />}
      </form>
    </section>
  );
}

interface TextAreaProps {
  label: string;
  testId: string;
  rows: number;
  value: Signal<string>;
}

function TextArea({ label, testId, rows, value }: TextAreaProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <textarea
        rows={rows}
        spellcheck={false}
        data-testid={testId}
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  );
}

/** The broker takes any body; one that says it is JSON and is not would only trouble its reader. */
function mistakeIn(parsed: ReturnType<typeof parseHeaders>, contentType: string, body: string): string | null {
  if ("badLine" in parsed) return `This header line is not of the form name: value: ${parsed.badLine}`;
  if (contentType !== "application/json") return null;
  try {
    JSON.parse(body);
    return null;
  } catch (error) {
    return `The body is not JSON: ${(error as Error).message}. Correct it, or change the content type.`;
  }
}

function waitingText(confirmed: number, count: number): string {
  if (count === 1) return "Waiting for the confirmation.";
  return `${formatCount(confirmed)} of ${formatCount(count)} confirmed.`;
}

function outcomeText({ confirmed, routed, milliseconds, failure }: Outcome): string | null {
  if (failure && confirmed === 0) return null;
  const reached = routed === null ? "" : `, routed to ${formatCount(routed)}`;
  const stopped = failure ? ", then stopped" : ` in ${formatCount(Math.max(1, milliseconds))} ms`;
  return `${formatCount(confirmed)} confirmed${reached}${stopped}.`;
}
