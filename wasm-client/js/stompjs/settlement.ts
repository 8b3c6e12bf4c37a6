import type { NackOptions } from "../index.js";
import type { StompHeaders } from "./types.js";
import { warnOfHeaders } from "./warning.js";

/** What the headers of an ACK or a NACK say. */
export interface Settlement {
  /** How to give the message back; `undefined`: it is accepted. */
  nack: NackOptions | undefined;
  transaction: string | undefined;
  receipt: string | undefined;
}

export function readSettlement(isNack: boolean, headers: StompHeaders): Settlement {
  // These two the client writes itself.
  const { id: _id, subscription: _subscription, transaction, receipt, ...rest } = headers;
  if (!isNack) {
    warnOfHeaders("ACK", rest);
    return { nack: undefined, transaction, receipt };
  }
  const { requeue, delay, reason, ...others } = rest;
  warnOfHeaders("NACK", others);
  const nack = { requeue: requeue?.toLowerCase() !== "false", ...(delay !== undefined && { delay: Number(delay) }), ...(reason !== undefined && { reason }) };
  return { nack, transaction, receipt };
}
