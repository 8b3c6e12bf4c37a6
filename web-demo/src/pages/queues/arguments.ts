// The arguments of a queue: what each is called, what it does, and how it is read from a form.

import type { Arguments } from "../../api/queues.ts";

export interface ArgumentField {
  name: string;
  label: string;
  kind: "number" | "text" | "flag";
  unit?: string;
  /** Least number that means something. */
  min?: number;
  step?: string;
  choices?: readonly { value: string; label: string }[];
  /** What it does, and what is without it. */
  note: string;
}

export const ARGUMENTS: readonly ArgumentField[] = [
  {
    name: "x-message-ttl",
    label: "Message TTL",
    kind: "number",
    unit: "ms",
    min: 0,
    note: "A message that waits longer expires. Without it, messages wait for ever.",
  },
  {
    name: "x-expires",
    label: "Queue expiry",
    kind: "number",
    unit: "ms",
    min: 1,
    note: "The queue itself goes when nobody was subscribed for this long.",
  },
  {
    name: "x-max-length",
    label: "Most messages",
    kind: "number",
    min: 0,
    note: "How many may wait. What happens to one more, the overflow policy says.",
  },
  {
    name: "x-max-length-bytes",
    label: "Most octets",
    kind: "number",
    unit: "B",
    min: 0,
    note: "The same for the sum of the bodies.",
  },
  {
    name: "x-overflow",
    label: "Overflow policy",
    kind: "text",
    choices: [
      { value: "", label: "drop the oldest (default)" },
      { value: "drop-head", label: "drop-head" },
      { value: "reject-publish", label: "reject-publish" },
      { value: "reject-publish-dlx", label: "reject-publish-dlx" },
    ],
    note: "drop-head makes room by dropping the oldest; reject-publish refuses the new message; with -dlx it is dead-lettered.",
  },
  {
    name: "x-dead-letter-exchange",
    label: "Dead-letter exchange",
    kind: "text",
    note: "Takes what expires, is rejected, or finds no room; without it that is lost. amq.default with a routing key names a queue.",
  },
  {
    name: "x-dead-letter-routing-key",
    label: "Dead-letter routing key",
    kind: "text",
    note: "Under which key dead letters go there. Without it, each keeps its own.",
  },
  {
    name: "x-delivery-limit",
    label: "Delivery limit",
    kind: "number",
    min: -1,
    note: "A message that came back this often is dead-lettered; -1: never. Default 20 with a dead-letter exchange, else never.",
  },
  {
    name: "x-retry-delay",
    label: "Retry delay",
    kind: "number",
    unit: "ms",
    min: 0,
    note: "A message that was given back stays away for this long before it is delivered again.",
  },
  {
    name: "x-retry-multiplier",
    label: "Retry multiplier",
    kind: "number",
    min: 1,
    step: "any",
    note: "With each further return the delay grows by this factor.",
  },
  {
    name: "x-retry-max",
    label: "Longest retry delay",
    kind: "number",
    unit: "ms",
    min: 0,
    note: "The delay grows no further than this.",
  },
  {
    name: "x-single-active-consumer",
    label: "Single active consumer",
    kind: "flag",
    choices: [
      { value: "", label: "no (default)" },
      { value: "true", label: "yes" },
    ],
    note: "Only one subscription is served at a time; another takes over when it goes.",
  },
];

/** How the management API calls the default exchange, whose own name is empty. */
const DEFAULT_EXCHANGE = "amq.default";

/** What was filled in; `valueOf` gives the text of a field, "" when nothing was. */
export function readArguments(valueOf: (name: string) => string): Arguments {
  const given: Arguments = {};
  for (const { name, kind } of ARGUMENTS) {
    const text = valueOf(name).trim();
    if (text === "") continue;
    if (kind === "number") given[name] = Number(text);
    else if (kind === "flag") given[name] = text === "true";
    else given[name] = name === "x-dead-letter-exchange" && text === DEFAULT_EXCHANGE ? "" : text;
  }
  return given;
}
