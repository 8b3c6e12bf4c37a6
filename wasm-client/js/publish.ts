import { invalid } from "./error.js";
import { flatten } from "./headers.js";
import { count, duration, text } from "./options.js";

/** What can be published: text, octets, or anything that JSON can hold. */
export type PublishBody = string | Uint8Array | ArrayBuffer | object | number | boolean | null;

/** Settings of a message, wherever it is published from. */
export interface MessageOptions {
  /** Headers of your own; receivers see them. */
  headers?: Record<string, string>;
  /** How receivers shall read the body. Default `text/plain` for strings, `application/json` for objects, none for octets. */
  contentType?: string;
  /** Whether it survives a restart of the server, in queues that do. */
  persistent?: boolean;
  /** Whether it is an error, `unroutable`, when no queue takes it. Without it that is a confirmation with `routed: 0`. */
  mandatory?: boolean;
  /** Milliseconds after which nobody needs it any more. */
  expiration?: number;
  /** 0 to 9; default 4. */
  priority?: number;
  /** What a reply shall say to be known as the reply to this. */
  correlationId?: string;
  /** Where a reply shall go. {@link Client.request} does it all. */
  replyTo?: string;
  /** The server stores one message of each id within ten minutes. Default: an id of the client's own making. */
  dedupId?: string;
  /** By which readers of a stream choose: see {@link StreamOptions.filter}. */
  filterValue?: string;
}

/** Settings of one publish. */
export interface PublishOptions extends MessageOptions {
  /**
   * Whether to send it again when the connection is lost before it was confirmed. Default `true`, which with a server
   * that tells copies apart means: it is stored once. `false`: the promise is rejected with `connection-lost`.
   */
  resend?: boolean;
  /**
   * Milliseconds within which it must be confirmed: else the promise is rejected with `timeout`, and what was not sent
   * yet never is. What was sent may have arrived. Default: for ever.
   */
  timeout?: number;
  /** Takes it back, if it was not sent yet: the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** The server's word that it has taken a message. */
export interface Confirmation {
  /** How many queues and subscriptions took it; `undefined` when the server does not say. 0: nobody was there. */
  routed: number | undefined;
  /** Whether the server had stored it before, under the same id, and did not store it again. */
  duplicate: boolean;
  /** Its number in the stream that took it. */
  offset?: number;
}

const encoder = new TextEncoder();

/** The body as octets, and the headers as the module takes them. */
export function encode(body: PublishBody, options: MessageOptions): { octets: Uint8Array; headers: string } {
  const { octets, contentType } = encodeBody(body);
  const headers = flatten({
    "content-type": options.contentType ?? contentType,
    persistent: options.persistent,
    mandatory: options.mandatory,
    expiration: options.expiration === undefined ? undefined : Math.ceil(duration("expiration", options.expiration, 0)),
    priority: count("priority", options.priority),
    "correlation-id": options.correlationId,
    "reply-to": options.replyTo === undefined ? undefined : text("replyTo", options.replyTo),
    "x-dedup-id": options.dedupId === undefined ? undefined : text("dedupId", options.dedupId),
    "x-stream-filter-value": options.filterValue === undefined ? undefined : text("filterValue", options.filterValue),
    ...options.headers,
  });
  return { octets, headers };
}

function encodeBody(body: PublishBody): { octets: Uint8Array; contentType?: string } {
  if (typeof body === "string") return { octets: encoder.encode(body), contentType: "text/plain" };
  if (body instanceof Uint8Array) return { octets: body };
  if (body instanceof ArrayBuffer) return { octets: new Uint8Array(body) };
  const json = JSON.stringify(body) as string | undefined;
  if (json === undefined) throw invalid("this body cannot be written as JSON");
  return { octets: encoder.encode(json), contentType: "application/json" };
}
