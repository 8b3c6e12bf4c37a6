// One attempt: what was posted, what came back, and what follows.

import type { Attempt, Sent } from "../../api/webhooks.ts";
import { readBody } from "../../live/body.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Fact } from "../../parts/fact.tsx";
import { formatCount, formatMoment } from "../../parts/format.ts";
import { HeadersList } from "../../parts/headers-list.tsx";
import { Icon } from "../../parts/icon.tsx";
import { AttemptOutcome, kindText } from "./outcome.tsx";

interface Props {
  title: string;
  attempt: Attempt;
  onClose: () => void;
  /** Sends this message again. */
  onReplay?: () => void;
}

export function AttemptDialog({ title, attempt, onClose, onReplay }: Props) {
  const { reason, request, response } = attempt;
  return (
    <Dialog title={title} class="wide" testId="attempt-dialog" onClose={onClose}>
      <dl class="fact-list compact" data-testid="attempt-facts">
        <Fact name="Outcome">
          <AttemptOutcome attempt={attempt} /> <span data-testid="attempt-status">{answerText(attempt)}</span>
        </Fact>
        {reason && (
          <Fact name="Reason">
            <span data-testid="attempt-reason">{reason}</span>
          </Fact>
        )}
        <Fact name="Attempt">
          {formatCount(attempt.attempt)}
          {kindText(attempt) && `, ${kindText(attempt)}`}, {formatMoment(new Date(attempt.at))}, took {formatCount(attempt.duration_ms)} ms
        </Fact>
        <Fact name="Next attempt">{attempt.next_attempt ? formatMoment(new Date(attempt.next_attempt)) : "none"}</Fact>
        <Fact name="Sent to">
          <span class="object-name">{attempt.url}</span>
          {attempt.address && <span class="muted"> at {attempt.address}</span>}
        </Fact>
        {attempt.event && (
          <Fact name="Event">
            <code class="object-name">{attempt.event.type}</code> <span class="muted">{eventText(attempt.event)}</span>
          </Fact>
        )}
        <Fact name="Message">
          <code class="object-name">{attempt.message}</code>
        </Fact>
      </dl>
      <Part title="Request" sent={request} testId="attempt-request" />
      {response ? <Part title="Response" sent={response} testId="attempt-response" /> : <p class="muted">{noResponseText(attempt)}</p>}
      <div class="actions">
        {onReplay && (
          <button type="button" data-testid="attempt-replay" onClick={onReplay}>
            <Icon name="retry" />
            Send it again
          </button>
        )}
        <button type="button" class="primary" autofocus data-testid="attempt-close" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function eventText({ source, id, subject }: NonNullable<Attempt["event"]>): string {
  return `of ${source}, id ${id}${subject === null ? "" : `, subject ${subject}`}`;
}

/** Who may not see what endpoints answer gets the status alone. */
function noResponseText({ status }: Attempt): string {
  return status === null ? "There was no response." : "What was answered is shown to administrators alone.";
}

function answerText({ status, error }: Attempt): string {
  if (status !== null) return `HTTP ${status}`;
  return error === null ? "" : error.replaceAll("_", " ");
}

function Part({ title, sent, testId }: { title: string; sent: Sent; testId: string }) {
  const body = readBody(new TextEncoder().encode(sent.body ?? ""));
  const count = Object.keys(sent.headers).length;
  return (
    <section class="stack exchange-part" aria-label={title} data-testid={testId}>
      <h3>{title}</h3>
      <details open>
        <summary>
          {formatCount(count)} {count === 1 ? "header" : "headers"}
          <span class="visually-hidden"> of the {title.toLowerCase()}</span>
        </summary>
        <HeadersList headers={sent.headers} label={`Headers of the ${title.toLowerCase()}`} />
      </details>
      {body.kind === "empty" ? (
        <p class="muted">{sent.body === null ? "No body, or none that is text." : "An empty body."}</p>
      ) : (
        <pre class="code" tabIndex={0} role="region" aria-label={`Body of the ${title.toLowerCase()}`} data-testid={`${testId}-body`}>
          {body.text}
        </pre>
      )}
    </section>
  );
}
