// A way into the gateway that the playground can publish by.

export type ProtocolId = "stomp" | "http";

/** A message as the form has it. */
export interface Outgoing {
  destination: string;
  body: string;
  contentType: string;
  headers: Readonly<Record<string, string>>;
}

/** What the gateway said of a message that it took: how many queues it went to, or just whether there was one. */
export type Routed = number | boolean | undefined;

export interface Protocol {
  id: ProtocolId;
  label: string;
  /** Messages that may be on their way at a time: enough to keep the line busy, few enough to stop soon. */
  inFlight: number;
  /** Resolves when the gateway has taken responsibility. */
  publish(message: Outgoing): Promise<Routed>;
  /** What to type elsewhere to send the same, without anybody's password. */
  code(message: Outgoing): string;
}
