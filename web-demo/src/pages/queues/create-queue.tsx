// The form for a new queue or stream: its name, and its arguments with what each does.

import { useSignal } from "@preact/signals";
import { createQueue, deleteQueue } from "../../api/queues.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { ARGUMENTS, type ArgumentField, readArguments } from "./arguments.ts";
import { RetentionFields } from "./retention-fields.tsx";
import { readRetention } from "./stream-arguments.ts";

const STORED = "Survives a restart of the gateway, as its persistent messages do.";
const NOT_STORED = "Meant to survive a restart, but this gateway keeps everything in memory: start it with a data directory.";
const STREAM_STORED = "A stream is always durable: it and all of its messages survive a restart of the gateway.";
const STREAM_NOT_STORED = "A stream is always durable, but this gateway keeps everything in memory: start it with a data directory.";

type QueueType = "classic" | "stream";

const TYPES: readonly { type: QueueType; label: string; note: string }[] = [
  { type: "classic", label: "Queue", note: "Each message goes to one consumer, and is gone once it is acked." },
  { type: "stream", label: "Stream", note: "Messages stay, and are read by anybody, from any offset or time, as often as they like." },
];

interface Props {
  workspace: Workspace;
  /** What is chosen at first. */
  type: QueueType;
  onClose: () => void;
}

export function CreateQueue({ workspace, type: first, onClose }: Props) {
  const type = useSignal(first);
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const isStream = type.value === "stream";
  const stored = workspace.overview.node.value?.disk_free !== undefined;
  useFeed(workspace.exchanges);

  async function create(form: FormData): Promise<void> {
    const { api, vhost } = workspace;
    const name = String(form.get("name"));
    const noun = isStream ? "stream" : "queue";
    const given = (field: string) => String(form.get(field) ?? "");
    busy.value = true;
    failure.value = null;
    try {
      const creation = await createQueue(api, vhost, {
        name,
        durable: isStream || form.has("durable"),
        autoDelete: form.has("auto-delete"),
        arguments: isStream ? { "x-queue-type": "stream", ...readRetention(given) } : readArguments(given),
      });
      if (creation === "created") toast(`Created ${noun} ${name}.`, () => deleteQueue(api, vhost, name, { ifEmpty: true }));
      else toast(`${isStream ? "Stream" : "Queue"} ${name} exists already, with the same settings.`);
      onClose();
    } catch (error) {
      failure.value = failureOf(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title={isStream ? "New stream" : "New queue"} class="wide" testId="create-queue-dialog" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create(new FormData(event.currentTarget));
        }}
      >
        <fieldset class="checks">
          <legend>Type</legend>
          {TYPES.map(({ type: value, label, note }) => (
            <label key={value} class="check noted">
              <input
                type="radio"
                name="type"
                value={value}
                checked={type.value === value}
                data-testid={`create-type-${value}`}
                onChange={() => (type.value = value)}
              />
              <span>
                {label}
                <small>{note}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>Name</span>
          <input
            name="name"
            required
            autofocus
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            data-testid="create-queue-name"
          />
        </label>
        {isStream ? (
          <>
            <RetentionFields />
            <p class="muted" data-testid="create-stream-durable">
              {stored ? STREAM_STORED : STREAM_NOT_STORED}
            </p>
          </>
        ) : (
          <>
            <div class="checks">
              <Check name="durable" label="Durable" note={stored ? STORED : NOT_STORED} checked />
              <Check name="auto-delete" label="Auto-delete" note="Goes when its last consumer has gone." />
            </div>
            <details data-testid="create-queue-more">
              <summary>Limits, expiry and dead letters</summary>
              <div class="argument-grid">
                {ARGUMENTS.map((field) => (
                  <Argument key={field.name} field={field} exchanges={workspace.exchanges.names.value} />
                ))}
              </div>
            </details>
          </>
        )}
        {failure.value && <FailureText failure={failure.value} testId="create-queue-error" />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="create-queue-submit" disabled={busy}>
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface CheckProps {
  name: string;
  label: string;
  note: string;
  checked?: boolean;
}

function Check({ name, label, note, checked = false }: CheckProps) {
  return (
    <label class="check noted">
      <input type="checkbox" name={name} defaultChecked={checked} data-testid={`create-queue-${name}`} />
      <span>
        {label}
        <small>{note}</small>
      </span>
    </label>
  );
}

function Argument({ field, exchanges }: { field: ArgumentField; exchanges: readonly string[] }) {
  const { name, label, note, choices, kind, unit } = field;
  const noteId = `note-${name}`;
  const shared = { name, "aria-describedby": noteId, "data-testid": `create-queue-${name}` };
  return (
    <label class="field argument">
      <span>
        {label}
        {unit && <i> ({unit})</i>} <code>{name}</code>
      </span>
      {choices ? (
        <select {...shared}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type={kind === "number" ? "number" : "text"}
          min={field.min}
          step={field.step}
          autocomplete="off"
          spellcheck={false}
          list={name === "x-dead-letter-exchange" ? "exchange-names" : undefined}
        />
      )}
      {name === "x-dead-letter-exchange" && (
        <datalist id="exchange-names">
          {exchanges.map((exchange) => (
            <option key={exchange} value={exchange} />
          ))}
        </datalist>
      )}
      <small id={noteId}>{note}</small>
    </label>
  );
}
