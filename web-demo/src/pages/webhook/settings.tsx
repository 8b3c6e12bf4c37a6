// What a webhook is set to, in words where those say more.

import type { WebhookRow } from "../../api/webhooks.ts";
import { filtersInWords } from "../../live/webhooks/filters.ts";
import { kindOfSource } from "../../live/webhooks/form.ts";
import { DEFAULT_SCHEDULE, scheduleInWords, writeSchedule } from "../../live/webhooks/schedule.ts";
import { CodeBlock, CopyLine } from "../../parts/code-block.tsx";
import { Fact } from "../../parts/fact.tsx";
import { formatCount, formatOctets } from "../../parts/format.ts";
import { href } from "../../route/route.ts";

export function WebhookSettings({ row }: { row: WebhookRow }) {
  const { config, status, vhost } = row;
  return (
    <div class="fact-columns" data-testid="webhook-settings">
      <section class="stack" aria-label="Which events">
        <h2>Which events</h2>
        <p data-testid="settings-filters">{wordsOf(row)}</p>
        {(row.filters?.length ?? 0) > 0 && <CodeBlock label="the filters" text={JSON.stringify(row.filters, null, 2)}>Filters</CodeBlock>}
        <h2>When an attempt fails</h2>
        <p data-testid="settings-schedule">
          {scheduleInWords(config.retry_schedule ?? DEFAULT_SCHEDULE, { onExhausted: config.on_exhausted, ordering: config.ordering })}
        </p>
        <dl class="fact-list">
          <Fact name="Schedule">{writeSchedule(config.retry_schedule ?? DEFAULT_SCHEDULE) || "one attempt"}</Fact>
          <Fact name="Ordering">{config.ordering === "key" ? "one at a time of each key" : "none"}</Fact>
          <Fact name="Final answers">{config.profile === "knative" ? "most 4xx (knative)" : "410, 413 and 415"}</Fact>
        </dl>
      </section>
      <section class="stack" aria-label="How they are posted">
        <h2>How they are posted</h2>
        <dl class="fact-list">
          <Fact name="Mode">
            {config.mode}
            {config.mode === "batch" && config.batch && `: up to ${formatCount(config.batch.max)} events, after ${config.batch.wait} s at most`}
            {config.mode === "binary" && config.header_encoding === "raw" && ", headers raw"}
          </Fact>
          <Fact name="Signature">{SIGNATURES[config.signature] ?? config.signature}</Fact>
          {status.public_key && (
            <Fact name="Public key">
              <CopyLine label="the public key" text={status.public_key} testId="public-key" />
            </Fact>
          )}
          <Fact name="Verification">{config.verification === "required" ? "required before anything is posted" : "off"}</Fact>
          <Fact name="Concurrency">{formatCount(config.concurrency)} at a time</Fact>
          <Fact name="Rate">{rateText(row)}</Fact>
          <Fact name="Time-out">{config.timeout} s</Fact>
          {config.from && kindOfSource(row.source) === "stream" && <Fact name="Began at">{config.from}</Fact>}
          {Object.entries(row.protocolsettings?.headers ?? {}).map(([name, value]) => (
            <Fact key={name} name={`Header ${name}`}>
              {value}
            </Fact>
          ))}
          {row.sinkcredential && <Fact name="Credential">{row.sinkcredential.credentialtype}, not shown</Fact>}
        </dl>
        <h2>Where things are</h2>
        <dl class="fact-list">
          <Fact name="Id">
            <CopyLine label="the id" text={row.id} testId="webhook-id" />
          </Fact>
          <Fact name="Queue">
            <a class="object-name" data-testid="webhook-queue" href={href(["queues", vhost, status.queue])}>
              {status.queue}
            </a>
          </Fact>
          <Fact name="Dead-letter queue">
            <a class="object-name" data-testid="webhook-dead-letter-queue" href={href(["queues", vhost, status.dead_letter_queue])}>
              {status.dead_letter_queue}
            </a>
          </Fact>
          {config.keep !== undefined && <Fact name="Attempts kept">the last {formatOctets(config.keep)}</Fact>}
        </dl>
      </section>
    </div>
  );
}

const SIGNATURES: Record<string, string> = {
  v1: "v1: HMAC-SHA256 with a shared secret",
  v1a: "v1a: ed25519, verified with the public key",
  none: "none",
};

function wordsOf(row: WebhookRow): string {
  if (kindOfSource(row.source) === "queue") return "Whatever it gets of its queue, which it shares with the queue's other consumers.";
  return filtersInWords(row.filters ?? [], row.types ?? []);
}

function rateText({ config, status }: WebhookRow): string {
  const limits = [
    config.rate != null && `${formatCount(config.rate)} requests per minute`,
    status.allowed_rate != null && `the endpoint allows ${formatCount(status.allowed_rate)}`,
  ].filter((part) => part !== false);
  return limits.length === 0 ? "no limit" : limits.join("; ");
}
