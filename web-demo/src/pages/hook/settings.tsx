// What an inbound hook is set to.

import type { HookRow } from "../../api/hooks.ts";
import { SCHEME_FACTS } from "../../live/hooks/schemes.ts";
import { waitText } from "../../live/webhooks/schedule.ts";
import { Fact } from "../../parts/fact.tsx";
import { formatCount } from "../../parts/format.ts";

export function HookSettings({ row }: { row: HookRow }) {
  const { verification, deduplication, mapping } = row;
  const templates = Object.entries({ ...mapping, ...mapping?.extensions }).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return (
    <div class="fact-columns" data-testid="hook-settings">
      <section aria-label="What is accepted">
        <h2>What is accepted</h2>
        <dl class="fact-list">
          <Fact name="Verification">{verification.scheme}</Fact>
          {verification.scheme !== "none" && <Fact name="Secret">{secretsText(row)}</Fact>}
          {verification.user && <Fact name="User">{verification.user}</Fact>}
          {verification.tolerance !== undefined && <Fact name="Tolerance">{waitText(verification.tolerance)} either way</Fact>}
          {verification.scheme === "hmac" && <Signature row={row} />}
          <Fact name="Repetitions">
            {deduplication.window === 0 ? "not looked for" : `known for ${waitText(deduplication.window)}, by ${keyText(row)}`}
          </Fact>
          <Fact name="Networks">{row.allowed_networks?.length ? row.allowed_networks.join(", ") : "all"}</Fact>
          <Fact name="Rate">{row.allowed_rate == null ? "no limit" : `${formatCount(row.allowed_rate)} requests per minute`}</Fact>
          <Fact name="Allowed origins">{row.allowed_origins?.length ? row.allowed_origins.join(", ") : "none"}</Fact>
        </dl>
      </section>
      <section aria-label="The event">
        <h2>The event</h2>
        {templates.length === 0 && <p>Its attributes are made from the request.</p>}
        <dl class="fact-list">
          {templates.map(([name, template]) => (
            <Fact key={name} name={name}>
              <code>{template}</code>
            </Fact>
          ))}
          <Fact name="Headers that are kept">{row.kept_headers?.length ? row.kept_headers.join(", ") : "none"}</Fact>
        </dl>
      </section>
    </div>
  );
}

function Signature({ row }: { row: HookRow }) {
  const { header, prefix, algorithm, encoding, signed, timestamp_header: time } = row.verification;
  return (
    <>
      <Fact name="Header">
        <code>
          {header}: {prefix}…
        </code>
      </Fact>
      <Fact name="Signature">
        {algorithm} of <code>{signed}</code>, {encoding}
      </Fact>
      {time && <Fact name="Header of the time">{time}</Fact>}
    </>
  );
}

function secretsText({ verification }: HookRow): string {
  if (!verification.has_secret) return "none: everything is refused";
  return verification.has_previous_secret ? "set, and one before it" : "set";
}

function keyText({ deduplication: { header, pointer }, verification }: HookRow): string {
  if (header) return `the header ${header}`;
  return pointer ? `${pointer} in the body` : (SCHEME_FACTS[verification.scheme]?.deduplicates ?? "the scheme");
}
