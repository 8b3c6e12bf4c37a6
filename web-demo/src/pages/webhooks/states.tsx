// How a webhook is doing, in a word and an icon.

import type { WebhookRow, WebhookStatus } from "../../api/webhooks.ts";
import type { IconName } from "../../parts/icon.tsx";
import { type Level, Sign } from "../../parts/sign.tsx";

type State = WebhookStatus["state"];

interface Shown {
  level: Level;
  icon: IconName;
  explained: string;
}

const STATES: Record<State, Shown> = {
  active: { level: "good", icon: "check", explained: "Events are delivered" },
  failing: { level: "bad", icon: "warning", explained: "Attempts fail; it is disabled when that goes on for five days" },
  paused: { level: "warn", icon: "pause", explained: "The circuit is open, or the endpoint asked for a pause: messages wait, and use up no attempts" },
  unverified: { level: "warn", icon: "question", explained: "The endpoint has not agreed to be called: nothing is delivered before it does" },
  disabled: { level: "quiet", icon: "off", explained: "Nothing is delivered; messages wait" },
};

/** Worst first: what needs somebody is found at the top. */
const ORDER: readonly State[] = ["failing", "paused", "unverified", "active", "disabled"];

export const STATE_FILTERS = [
  { name: "all", label: "all" },
  { name: "trouble", label: "needs attention" },
  ...ORDER.map((state) => ({ name: state, label: state })),
];

export function passesState(filter: string): ((row: WebhookRow) => boolean) | null {
  if (filter === "all") return null;
  if (filter === "trouble") return ({ status }) => ["failing", "paused", "unverified"].includes(status.state) || status.dead > 0;
  return ({ status }) => status.state === filter;
}

export function orderOfState({ status }: WebhookRow): number {
  return ORDER.length - ORDER.indexOf(status.state);
}

export function WebhookState({ status }: { status: WebhookStatus }) {
  const { level, icon, explained } = STATES[status.state] ?? STATES.disabled;
  return (
    <Sign level={level} icon={icon} title={status.reason ?? explained} testId="webhook-state">
      {status.state}
    </Sign>
  );
}

/** What the state means for what waits. */
export function explainedState({ state }: WebhookStatus): string {
  return (STATES[state] ?? STATES.disabled).explained;
}

/** What the circuit breaker does, in words. */
export const CIRCUITS: Record<WebhookStatus["circuit"], string> = {
  closed: "closed",
  open: "open",
  half_open: "half-open",
};

export const CIRCUITS_EXPLAINED: Record<WebhookStatus["circuit"], string> = {
  closed: "closed: attempts are made",
  open: "open: too many attempts failed, none is made for a while",
  half_open: "half-open: one attempt decides whether it closes",
};
