import type { Answer, Fetched } from "../../live/playground/fetched.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatTime } from "../../parts/format.ts";
import { MessageItem } from "./message-item.tsx";

/** What the last request for messages brought. */
export function FetchedMessages({ fetched }: { fetched: Fetched }) {
  if (fetched.failure.value) return <FailureText failure={fetched.failure.value} testId="fetch-error" />;
  const answer = fetched.answer.value;
  if (!answer) return null;
  return (
    <section class="inbox" aria-labelledby="fetched-title" data-testid="fetched">
      <div class="inbox-head">
        <h3 id="fetched-title">{answer.destination}</h3>
        <p class="muted facts" role="status" data-testid="fetched-note">
          {noteOf(answer)}
        </p>
        <div class="actions">
          <button type="button" data-testid="fetched-clear" onClick={() => fetched.clear()}>
            Clear<span class="visually-hidden"> what was got</span>
          </button>
        </div>
      </div>
      {answer.messages.length > 0 && (
        <ol class="messages" tabIndex={0} aria-label={`Messages of ${answer.destination}, oldest first`} data-testid="messages">
          {answer.messages.map((received) => (
            <MessageItem key={received.number} destination={answer.destination} received={received} />
          ))}
        </ol>
      )}
    </section>
  );
}

function noteOf({ messages, take, start, at }: Answer): string {
  if (messages.length === 0) return start === undefined ? `Nothing waited at ${formatTime(at)}.` : `Nothing is there, at ${formatTime(at)}.`;
  const number = messages.length === 1 ? "1 message" : `${formatCount(messages.length)} messages`;
  return take ? `${number} taken at ${formatTime(at)}.` : `${number} at ${formatTime(at)}, left in the ${start === undefined ? "queue" : "stream"}.`;
}
