// The form for a new exchange.

import { useSignal } from "@preact/signals";
import { createExchange, deleteExchange, EXCHANGE_TYPES, type ExchangeType } from "../../api/exchanges.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FailureText } from "../../parts/failure-text.tsx";

const EXPLAINED: Record<ExchangeType, string> = {
  direct: "to queues bound with exactly the routing key",
  fanout: "to all bound queues",
  topic: "to queues whose pattern matches: * is one word, # any number",
  headers: "to queues whose arguments match the message's headers",
};

export function CreateExchange({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);

  async function create(form: FormData): Promise<void> {
    const { api, vhost } = workspace;
    const given = (field: string) => String(form.get(field) ?? "").trim();
    const name = given("name");
    busy.value = true;
    failure.value = null;
    try {
      const definition = { name, type: given("type"), durable: form.has("durable"), alternate: given("alternate") };
      const creation = await createExchange(api, vhost, definition);
      if (creation === "created") toast(`Created exchange ${name}.`, () => deleteExchange(api, vhost, name, { ifUnused: true }));
      else toast(`Exchange ${name} exists already, with the same settings.`);
      onClose();
    } catch (error) {
      failure.value = failureOf(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title="New exchange" testId="create-exchange-dialog" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create(new FormData(event.currentTarget));
        }}
      >
        <label class="field">
          <span>Name</span>
          <input name="name" required autofocus autocomplete="off" autocapitalize="none" spellcheck={false} data-testid="create-exchange-name" />
        </label>
        <label class="field">
          <span>Type: where it routes a message</span>
          <select name="type" data-testid="create-exchange-type" defaultValue="topic">
            {EXCHANGE_TYPES.map((type) => (
              <option key={type} value={type} selected={type === "topic"}>
                {type}: {EXPLAINED[type]}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Alternate exchange, which takes what finds no queue</span>
          <input name="alternate" list="alternates" autocomplete="off" spellcheck={false} data-testid="create-exchange-alternate" />
        </label>
        <datalist id="alternates">
          {workspace.exchanges.names.value.map((name) => name !== "" && <option key={name} value={name} />)}
        </datalist>
        <label class="check">
          <input type="checkbox" name="durable" defaultChecked />
          <span>durable: survives a restart of the gateway</span>
        </label>
        {failure.value && <FailureText failure={failure.value} testId="create-exchange-error" />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="create-exchange-submit" disabled={busy}>
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}
