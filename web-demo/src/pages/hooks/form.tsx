// The form of an inbound hook, for a new one and for one that is changed.

import { useComputed, useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type HookRow, putHook, type Scheme, SCHEMES } from "../../api/hooks.ts";
import { isStream } from "../../api/queues.ts";
import { suggestQueues } from "../../live/destinations.ts";
import { type Failure, failureOfForm } from "../../live/failure.ts";
import { fieldsOfHook, isTimed, readHook } from "../../live/hooks/form.ts";
import { SCHEME_FACTS } from "../../live/hooks/schemes.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { ChoiceField, InputField, TextField } from "../../parts/input-field.tsx";
import { SecretField } from "./secret-field.tsx";

const TEST_ID = "hook-form";

interface Props {
  workspace: Workspace;
  /** What is changed; null for a new one. */
  hook: HookRow | null;
  onClose: () => void;
  /** It was created. */
  onDone?: (name: string) => void;
}

export function HookForm({ workspace, hook, onClose, onDone }: Props) {
  const { api, vhost, hooks } = workspace;
  const initial = useMemo(() => fieldsOfHook(hook), []);
  const scheme = useSignal(initial["scheme"] as Scheme);
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);

  async function save(form: FormData): Promise<void> {
    const given = (field: string) => String(form.get(field) ?? "");
    const name = hook?.name ?? given("name").trim();
    busy.value = true;
    failure.value = null;
    try {
      const definition = readHook(given);
      if (!hook && hooks.peek(name)) throw new Error(`There is a hook ${name} already: change that one, or choose another name.`);
      await putHook(api, vhost, name, definition);
      await hooks.refresh();
      toast(hook ? `Changed the hook ${name}.` : `Created the hook ${name}.`);
      if (hook || !onDone) onClose();
      else onDone(name);
    } catch (error) {
      failure.value = failureOfForm(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title={hook ? <>Change the hook <span class="object-name">{hook.name}</span></> : "New inbound hook"} class="wide" testId="hook-dialog" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy.peek()) void save(new FormData(event.currentTarget));
        }}
      >
        <div class="argument-grid">
          {!hook && <InputField testId={TEST_ID} name="name" label="Name" required autofocus pattern="[^\/]+" title="no slashes" placeholder="github" note="The last part of its address." />}
          <InputField
            testId={TEST_ID}
            name="destination"
            label="Destination"
            required
            list="hook-destinations"
            placeholder="/queue/github"
            defaultValue={initial["destination"]}
            note="Where its events are published to."
          />
        </div>
        <Destinations workspace={workspace} />
        <InputField testId={TEST_ID} name="description" label="Description" defaultValue={initial["description"]} />
        <VerificationFields initial={initial} scheme={scheme} hook={hook} />
        <MappingFields initial={initial} scheme={scheme.value} />
        <LimitFields initial={initial} />
        {failure.value && <FailureText failure={failure.value} testId="hook-form-error" />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="hook-form-submit" disabled={busy}>
            {hook ? "Save" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Destinations({ workspace }: { workspace: Workspace }) {
  const { queues } = workspace;
  const isOfStream = (name: string) => {
    const row = queues.peek(name);
    return row !== undefined && isStream(row);
  };
  return (
    <datalist id="hook-destinations">
      {suggestQueues(queues.names.peek().filter((name) => !name.startsWith("wharf.")), isOfStream).map((one) => (
        <option key={one} value={one} />
      ))}
    </datalist>
  );
}

const CHOICES = SCHEMES.map((scheme) => ({ value: scheme, label: SCHEME_FACTS[scheme].label }));

interface VerificationProps {
  initial: Record<string, string>;
  scheme: Signal<Scheme>;
  hook: HookRow | null;
}

function VerificationFields({ initial, scheme, hook }: VerificationProps) {
  const timestampHeader = useSignal(initial["timestamp-header"]!);
  const timed = useComputed(() => isTimed(scheme.value, timestampHeader.value.trim() || null)).value;
  const { secret } = SCHEME_FACTS[scheme.value];
  const stays = hook !== null && hook.verification.scheme === scheme.value;
  return (
    <fieldset class="stack">
      <legend>How a request proves where it comes from</legend>
      <ChoiceField
        testId={TEST_ID}
        name="scheme"
        label="Verification"
        value={scheme.value}
        choices={CHOICES}
        onChange={(value) => (scheme.value = value as Scheme)}
      />
      {scheme.value === "none" && <p class="problem">Whoever learns the address can publish. Allow only the sender's networks, below.</p>}
      {scheme.value === "hmac" && <SignatureFields initial={initial} timestampHeader={timestampHeader} />}
      <div class="argument-grid">
        {scheme.value === "basic" && <InputField testId={TEST_ID} name="user" label="User" required defaultValue={initial["user"]} />}
        {secret && <SecretField key={scheme.value} testId={TEST_ID} name="secret" {...secret} stays={stays && hook.verification.has_secret === true} />}
        {secret && (
          <SecretField
            key={`${scheme.value} previous`}
            testId={TEST_ID}
            name="previous-secret"
            label={`${secret.label} before, while it is changed`}
            note="Accepted too. Nothing, if there is none."
            generate={null}
            optional
            stays={stays && hook.verification.has_previous_secret === true}
          />
        )}
        {timed && <InputField testId={TEST_ID} name="tolerance" label="Tolerance (s)" type="number" min={1} required defaultValue={initial["tolerance"]} note="How far the signed time may be off." />}
      </div>
    </fieldset>
  );
}

const ALGORITHMS = [
  { value: "sha256", label: "SHA-256" },
  { value: "sha512", label: "SHA-512" },
];

const ENCODINGS = [
  { value: "hex", label: "hex" },
  { value: "base64", label: "base64" },
];

function SignatureFields({ initial, timestampHeader }: { initial: Record<string, string>; timestampHeader: Signal<string> }) {
  const field = (name: string) => ({ testId: TEST_ID, name, defaultValue: initial[name] });
  return (
    <div class="argument-grid">
      <InputField {...field("header")} label="Header of the signature" required />
      <InputField {...field("prefix")} label="What stands before it" placeholder="sha256=" />
      <ChoiceField testId={TEST_ID} name="algorithm" label="Algorithm" value={initial["algorithm"]!} choices={ALGORITHMS} />
      <ChoiceField testId={TEST_ID} name="encoding" label="Written as" value={initial["encoding"]!} choices={ENCODINGS} />
      <InputField {...field("signed")} label="What is signed" required note="With {body}, and {timestamp} if the time is signed too." />
      <InputField
        testId={TEST_ID}
        name="timestamp-header"
        label="Header of the time"
        value={timestampHeader.value}
        onInput={(text) => (timestampHeader.value = text)}
        note="Nothing, if no time is signed."
      />
    </div>
  );
}

function MappingFields({ initial, scheme }: { initial: Record<string, string>; scheme: Scheme }) {
  const field = (name: string) => ({ testId: TEST_ID, name, defaultValue: initial[name] });
  return (
    <details data-testid="hook-form-event">
      <summary>The event, and how repetitions are told</summary>
      <div class="stack">
        <p class="muted">
          Templates may hold <code>{"{header:x-name}"}</code> and <code>{"{body:/json/pointer}"}</code>. What is left empty is made from the
          request.
        </p>
        <div class="argument-grid">
          <InputField {...field("map-type")} label="type" placeholder="com.github.{header:x-github-event}" />
          <InputField {...field("map-source")} label="source" />
          <InputField {...field("map-id")} label="id" />
          <InputField {...field("map-subject")} label="subject" placeholder="{body:/repository/full_name}" />
          <InputField {...field("map-time")} label="time" />
          <InputField
            {...field("kept")}
            label="Headers that are kept"
            placeholder="x-github-event"
            note="Between commas: they stay with the event."
          />
        </div>
        <TextField
          {...field("extensions")}
          label="Extension attributes"
          rows={2}
          placeholder="repository: {body:/repository/name}"
          note="A line each, name: template."
        />
        <div class="argument-grid">
          <InputField
            {...field("window")}
            label="Repetitions are known for (s)"
            type="number"
            min={0}
            required
            note={`Told by ${SCHEME_FACTS[scheme].deduplicates}.`}
          />
          <InputField {...field("id-header")} label="… or by this header" placeholder="X-Delivery" />
          <InputField {...field("id-pointer")} label="… or by this place in the body" placeholder="/id" />
        </div>
      </div>
    </details>
  );
}

function LimitFields({ initial }: { initial: Record<string, string> }) {
  const field = (name: string) => ({ testId: TEST_ID, name, defaultValue: initial[name] });
  return (
    <details data-testid="hook-form-limits">
      <summary>Who may send, and how fast</summary>
      <div class="argument-grid">
        <InputField {...field("networks")} label="Networks" placeholder="203.0.113.0/24" note="Between commas. Nothing: from everywhere." />
        <InputField
          {...field("rate")}
          label="Rate (requests per minute)"
          type="number"
          min={1}
          note="Nothing: no limit. It is also told to senders that ask."
        />
        <InputField
          {...field("origins")}
          label="Allowed origins"
          placeholder="eventgrid.azure.net"
          note="Senders that ask first, by the CloudEvents handshake: *.example.com covers all of a domain."
        />
      </div>
    </details>
  );
}
