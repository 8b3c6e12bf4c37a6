// The form of a webhook, for a new one and for one that is changed. After the first, the secret is shown once.

import { useComputed, useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { isStream } from "../../api/queues.ts";
import { changeWebhook, createWebhook, definitionOfWebhook, type Webhook } from "../../api/webhooks.ts";
import { SUBSCRIBE_SUGGESTIONS, suggestQueues } from "../../live/destinations.ts";
import { type Failure, failureOfForm } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import { fieldsOf, kindOfSource, readDefinition, type SourceKind } from "../../live/webhooks/form.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { ChoiceField, InputField } from "../../parts/input-field.tsx";
import { href, navigate } from "../../route/route.ts";
import { DetailFields } from "./detail-fields.tsx";
import { FilterFields } from "./filter-fields.tsx";
import { RetryFields } from "./retry-fields.tsx";
import { SecretDialog } from "./secret-dialog.tsx";

const TEST_ID = "webhook-form";

interface Props {
  workspace: Workspace;
  /** What is changed; null for a new one. */
  webhook: Webhook | null;
  onClose: () => void;
}

/** Where to go on from the form is known once the answer is there. */
export function WebhookForm({ workspace, webhook, onClose }: Props) {
  const created = useSignal<Webhook | null>(null);
  const made = created.value;
  if (!made) return <Form workspace={workspace} webhook={webhook} onClose={onClose} onSecret={(answer) => (created.value = answer)} />;
  const leave = () => (webhook ? onClose() : navigate(href(["webhooks", made.id]), { replace: true }));
  const title = webhook ? "The webhook is changed, and has a secret now" : "The webhook is created";
  return <SecretDialog title={title} secret={made.config.secret!} onClose={leave} warnings={made.warnings} />;
}

interface FormProps extends Props {
  /** The answer holds a secret, which is to be shown. */
  onSecret: (answer: Webhook) => void;
}

function Form({ workspace, webhook, onClose, onSecret }: FormProps) {
  const { api, vhost, webhooks } = workspace;
  const initial = useMemo(() => fieldsOf(webhook), []);
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const source = useSignal(initial["source"]!);
  const kind = useComputed(() => kindOfSource(source.value)).value;
  const mode = useSignal(initial["mode"]!);
  const form = useRef<HTMLFormElement>(null);

  async function save(data: FormData): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      const before = webhook && definitionOfWebhook(webhook);
      const definition = readDefinition((name) => String(data.get(name) ?? ""), vhost, before);
      const answer = await (webhook ? changeWebhook(api, webhook.id, definition) : createWebhook(api, definition));
      void webhooks.refresh();
      if (answer.config.secret) onSecret(answer);
      else if (webhook) finishChange(answer);
      else finishCreation(answer);
    } catch (error) {
      failure.value = failureOfForm(error);
      busy.value = false;
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }

  function finishChange({ warnings = [] }: Webhook): void {
    toast(["Changed the webhook.", ...warnings].join(" "));
    onClose();
  }

  function finishCreation({ id, warnings = [] }: Webhook): void {
    toast(["Created the webhook.", ...warnings].join(" "));
    navigate(href(["webhooks", id]), { replace: true });
  }

  return (
    <Dialog title={webhook ? "Change the webhook" : "New webhook"} class="wide" testId="webhook-dialog" onClose={onClose}>
      <form
        ref={form}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy.peek()) void save(new FormData(event.currentTarget));
        }}
      >
        <InputField
          testId={TEST_ID}
          name="sink"
          label="Endpoint"
          type="url"
          required
          autofocus={!webhook}
          defaultValue={initial["sink"]}
          placeholder="https://example.org/hook"
          note="Where events are posted to. It has to be https, but in networks that the gateway's configuration allows."
        />
        <SourceField workspace={workspace} source={source} kind={kind} />
        {kind === "stream" && (
          <InputField
            testId={TEST_ID}
            name="from"
            label="Begin at"
            required
            pattern="next|first|last|offset:\d+"
            title="next, first, last or offset:120"
            defaultValue={initial["from"]}
            note="next: what comes from now on; first or last: of what is kept; offset:120: from there on."
          />
        )}
        <InputField
          testId={TEST_ID}
          name="description"
          label="Description"
          defaultValue={initial["description"]}
          note="What it is for; lists show it."
        />
        {kind !== "queue" && <FilterFields testId={TEST_ID} initial={initial} />}
        <fieldset class="stack">
          <legend>How they are posted</legend>
          <div class="argument-grid">
            <ChoiceField
              testId={TEST_ID}
              name="mode"
              label="Mode"
              value={mode.value}
              choices={MODES}
              onChange={(value) => (mode.value = value)}
              note={MODE_NOTES[mode.value]}
            />
            <ChoiceField
              testId={TEST_ID}
              name="signature"
              label="Signature"
              value={initial["signature"]!}
              choices={SIGNATURES}
              note="Standard Webhooks: over the id, the time and the exact body."
            />
            <ChoiceField
              testId={TEST_ID}
              name="verification"
              label="Verification"
              value={initial["verification"]!}
              choices={webhook ? VERIFICATIONS.slice(1) : VERIFICATIONS}
              note="Whether the endpoint has to agree, by the CloudEvents handshake, before anything is posted."
            />
            <InputField
              testId={TEST_ID}
              name="rate"
              label="Rate (requests per minute)"
              type="number"
              min={1}
              defaultValue={initial["rate"]}
              note="Nothing: as fast as the endpoint answers. What it allowed when it was verified holds too."
            />
          </div>
        </fieldset>
        <RetryFields testId={TEST_ID} initial={initial} />
        <DetailFields testId={TEST_ID} initial={initial} mode={mode.value} webhook={webhook} />
        {failure.value && <FailureText failure={failure.value} testId="webhook-form-error" />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="webhook-form-submit" disabled={busy}>
            {webhook ? "Save" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const MODES = [
  { value: "structured", label: "structured" },
  { value: "binary", label: "binary" },
  { value: "batch", label: "batch" },
];

const MODE_NOTES: Record<string, string> = {
  structured: "The whole event as one JSON body, so that the signature covers all of it.",
  binary: "Data as the body, attributes as ce- headers, which the signature does not cover.",
  batch: "Several events in one JSON array.",
};

const SIGNATURES = [
  { value: "v1", label: "v1: HMAC-SHA256, a shared secret" },
  { value: "v1a", label: "v1a: ed25519, a public key" },
  { value: "none", label: "none" },
];

const VERIFICATIONS = [
  { value: "", label: "as usual for you" },
  { value: "required", label: "required" },
  { value: "off", label: "off: I answer for the endpoint" },
];

const SOURCE_NOTES: Record<SourceKind, string> = {
  none: "/topic/PATTERN, /exchange/NAME/KEY, /stream/NAME or /queue/NAME.",
  exchange: "It gets a durable queue of its own.",
  stream: "It reads the stream with a place of its own, and takes nothing from others.",
  queue: "It competes with the queue's other consumers, so it takes all events: a queue has no filters.",
};

function SourceField({ workspace, source, kind }: { workspace: Workspace; source: Signal<string>; kind: SourceKind }) {
  const { queues } = workspace;
  const isOfStream = (name: string) => {
    const row = queues.peek(name);
    return row !== undefined && isStream(row);
  };
  return (
    <>
      <InputField
        testId={TEST_ID}
        name="source"
        label="Source"
        required
        list="webhook-sources"
        placeholder="/topic/orders.#"
        value={source.value}
        onInput={(text) => (source.value = text)}
        note={SOURCE_NOTES[kind]}
      />
      <datalist id="webhook-sources">
        {[...SUBSCRIBE_SUGGESTIONS.slice(0, 1), ...suggestQueues(queues.names.peek().filter((name) => !name.startsWith("wharf.")), isOfStream)].map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
