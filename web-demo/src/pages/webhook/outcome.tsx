// How an attempt went, in a word and an icon.

import type { Attempt, Outcome } from "../../api/webhooks.ts";
import type { IconName } from "../../parts/icon.tsx";
import { type Level, Sign } from "../../parts/sign.tsx";

const OUTCOMES: Record<Outcome, { level: Level; icon: IconName; explained: string }> = {
  delivered: { level: "good", icon: "check", explained: "The endpoint took it" },
  failed: { level: "warn", icon: "retry", explained: "It is tried again" },
  dead: { level: "bad", icon: "close", explained: "It is not tried again: the message is a dead letter" },
};

export function AttemptOutcome({ attempt }: { attempt: Attempt }) {
  const { level, icon, explained } = OUTCOMES[attempt.outcome] ?? OUTCOMES.failed;
  const title = attempt.outcome === "failed" && !attempt.next_attempt ? undefined : explained;
  return (
    <Sign level={level} icon={icon} title={title} testId="attempt-outcome">
      {attempt.outcome}
    </Sign>
  );
}

const ERRORS: Record<string, string> = {
  timeout: "time-out",
  connect: "no connection",
  dns: "no such host",
  tls: "TLS",
  refused_address: "address refused",
  http_status: "HTTP",
  body: "body",
};

/** The status, or why there was none. */
export function statusText({ status, error }: Attempt): string {
  if (status !== null) return String(status);
  return error === null ? "–" : (ERRORS[error] ?? error);
}

/** What kind of attempt, when it is not the usual one. */
export function kindText({ kind }: Attempt): string | null {
  return kind === "delivery" ? null : kind;
}
