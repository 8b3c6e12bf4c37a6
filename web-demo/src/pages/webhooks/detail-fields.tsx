// What few webhooks need: limits, headers, credentials of the endpoint.

import type { Webhook } from "../../api/webhooks.ts";
import { ChoiceField, InputField, TextField } from "../../parts/input-field.tsx";

interface Props {
  testId: string;
  initial: Record<string, string>;
  mode: string;
  webhook: Webhook | null;
}

export function DetailFields({ testId, initial, mode, webhook }: Props) {
  const field = (name: string) => ({ testId, name, defaultValue: initial[name] });
  const hasToken = webhook?.sinkcredential !== undefined && webhook.sinkcredential !== null;
  return (
    <details data-testid="webhook-form-more">
      <summary>Limits, headers and credentials</summary>
      <div class="stack">
        <div class="argument-grid">
          <InputField {...field("concurrency")} label="Concurrency" type="number" min={1} max={1_000} required note="Requests at a time." />
          <InputField
            {...field("timeout")}
            label="Time-out (s)"
            type="number"
            min={1}
            max={30}
            required
            note="An attempt that takes longer has failed."
          />
          <ChoiceField
            {...field("profile")}
            label="Which answers are final"
            value={initial["profile"]!}
            choices={PROFILES}
            note="410 always disables the webhook; 413 and 415 always dead-letter."
          />
          {mode === "batch" && (
            <>
              <InputField {...field("batch-max")} label="Most events of a batch" type="number" min={1} required />
              <InputField {...field("batch-wait")} label="Longest wait for a batch (s)" type="number" min={0} step="any" required />
            </>
          )}
          {mode === "binary" && (
            <ChoiceField
              {...field("encoding")}
              label="Header encoding"
              value={initial["encoding"]!}
              choices={ENCODINGS}
              note="Some libraries do not decode: for their receivers, raw."
            />
          )}
        </div>
        <TextField
          {...field("headers")}
          label="Headers of every request"
          rows={2}
          placeholder="X-Key: value"
          note="A line each. Values are not shown again: one that reads *** stays as it is."
        />
        <div class="argument-grid">
          <InputField
            testId={testId}
            name="token"
            label="Access token of the endpoint"
            type="password"
            note={hasToken ? "There is one. Nothing: it stays." : "Sent as Authorization: Bearer. Never shown again."}
          />
          {!webhook && (
            <InputField
              testId={testId}
              name="secret"
              label="Signing secret"
              pattern="whsec_[A-Za-z0-9+\/=]+"
              title="whsec_ and base64"
              note="Nothing: the gateway makes one, and shows it once."
            />
          )}
          {hasToken && (
            <label class="check">
              <input type="checkbox" name="forget-token" data-testid={`${testId}-forget-token`} />
              <span>Forget the access token</span>
            </label>
          )}
        </div>
      </div>
    </details>
  );
}

const PROFILES = [
  { value: "default", label: "default: all others are tried again" },
  { value: "knative", label: "knative: most 4xx are final" },
];

const ENCODINGS = [
  { value: "percent", label: "percent, as CloudEvents wants" },
  { value: "raw", label: "raw" },
];
