/** One thing that a client did or saw. */
export interface DebugEvent {
  /** When, in milliseconds since 1970. */
  time: number;
  kind: "sent" | "received" | "state" | "timer" | "socket";
  /** A frame's command and headers, or words. Passwords and tokens are masked. */
  text: string;
  /** Of a frame: the octets of its body, which is not told. */
  octets?: number;
}

/** Headers that prove who somebody is. */
const SECRET = /^([^:\n]*(?:passcode|password|secret|token|authorization)[^:\n]*):.*$/gim;

export function debugEvent(kind: DebugEvent["kind"], text: string, octets: number): DebugEvent {
  const time = Date.now();
  if (kind !== "sent" && kind !== "received") return { time, kind, text };
  return { time, kind, text: text.trim().replace(SECRET, "$1:***") || "heart-beat", octets };
}
