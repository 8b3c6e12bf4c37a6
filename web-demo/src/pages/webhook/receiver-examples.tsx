// Receivers to copy: they verify the signature before they believe anything.

import { useSignal } from "@preact/signals";
import { type Signature, SIGNATURES, type WebhookRow } from "../../api/webhooks.ts";
import { receiversFor } from "../../live/webhooks/receivers.ts";
import { CodeBlock } from "../../parts/code-block.tsx";

export function ReceiverExamples({ row }: { row: WebhookRow }) {
  const { config, status } = row;
  const signature = SIGNATURES.find((one) => one === config.signature) ?? "v1"; // of a newer gateway it may be another
  const examples = receiversFor({ signature, publicKey: status.public_key, asked: config.verification === "required" });
  const chosen = useSignal(examples[0]!.name);
  const shown = examples.find(({ name }) => name === chosen.value)!;
  return (
    <div class="stack receiver" data-testid="receiver">
      <p>{INTRODUCTIONS[signature]}</p>
      <div class="segments" role="group" aria-label="Example">
        {examples.map(({ name, label }) => (
          <button key={name} type="button" aria-pressed={name === chosen.value} data-testid={`receiver-${name}`} onClick={() => (chosen.value = name)}>
            {label}
          </button>
        ))}
      </div>
      <CodeBlock label={`the example for ${shown.label}`} text={shown.text} testId="receiver-example">
        {shown.file}
      </CodeBlock>
      <p class="muted">
        Any status from 200 to 299 is a success. Answer within {config.timeout} s, and do the work afterwards. 410 ends the webhook; 429 and 503
        with Retry-After ask for a pause.
      </p>
    </div>
  );
}

const INTRODUCTIONS: Record<Signature, string> = {
  v1: "Every request carries webhook-id, webhook-timestamp and webhook-signature. The signature is made with the secret that was shown when the webhook was created; a lost secret is replaced by rotating it.",
  v1a: "Every request carries webhook-id, webhook-timestamp and webhook-signature. The signature is verified with the public key, which is no secret.",
  none: "These requests are not signed: whoever knows the address can send the same. Choose a signature in the settings to be sure.",
};
