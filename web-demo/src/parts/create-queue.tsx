import { useSignal } from "@preact/signals";
import { createQueue } from "../api/queues.ts";
import { type Failure, failureOf } from "../live/failure.ts";
import type { Workspace } from "../live/session.ts";
import { FailureText } from "./failure-text.tsx";

export function CreateQueue({ workspace }: { workspace: Workspace }) {
  const name = useSignal("");
  const autoDelete = useSignal(false);
  const busy = useSignal(false);
  const said = useSignal("");
  const failure = useSignal<Failure | null>(null);

  async function create(): Promise<void> {
    busy.value = true;
    failure.value = null;
    said.value = "";
    try {
      const creation = await createQueue(workspace.api, workspace.account.vhost, name.peek(), autoDelete.peek());
      said.value = creation === "created" ? `Created ${name.peek()}.` : `${name.peek()} exists already.`;
      name.value = "";
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  function type(text: string): void {
    name.value = text;
    said.value = ""; // it was about the queue before this one
    failure.value = null;
  }

  return (
    <form
      class="create-queue"
      aria-label="Create a queue"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <label class="field">
        <span>New queue</span>
        <input
          required
          autocomplete="off"
          spellcheck={false}
          data-testid="create-queue-name"
          value={name}
          onInput={(event) => type(event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          data-testid="create-queue-auto-delete"
          checked={autoDelete}
          onChange={(event) => (autoDelete.value = event.currentTarget.checked)}
        />
        <span>auto-delete</span>
      </label>
      <button type="submit" data-testid="create-queue-submit" disabled={busy}>
        Create
      </button>
      <p class="said" role="status" data-testid="create-queue-result">
        {said}
      </p>
      {failure.value && <FailureText failure={failure.value} testId="create-queue-error" />}
    </form>
  );
}
