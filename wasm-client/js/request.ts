import { type Deferred, deferred } from "./deferred.js";
import { WharfError } from "./error.js";
import { checkLimits, limit } from "./limit.js";
import type { Message } from "./message.js";
import type { Confirmation, PublishBody, PublishOptions } from "./publish.js";
import type { Subscription } from "./subscription.js";

/** Settings of one request. */
export interface RequestOptions {
  /** Milliseconds to wait for the reply, after which the promise is rejected with `timeout`. Default 30000; 0: for ever. */
  timeout?: number;
  /** Gives the request up: the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Headers of your own; the receiver sees them. */
  headers?: Record<string, string>;
  /** How the receiver shall read the body; see {@link MessageOptions.contentType}. */
  contentType?: string;
}

/** What requests ask of their client. */
export interface RequestLink {
  /** The number of the connection that stands; 0: there is none. */
  epoch(): number;
  subscribe(destination: string, handler: (message: Message) => void): Subscription;
  publish(destination: string, body: PublishBody, options: PublishOptions): Promise<Confirmation>;
}

interface Pending {
  reply: Deferred<Message>;
  /** Whether it was sent, so that its reply comes on this connection or never. */
  isSent: boolean;
}

/** Where all replies of a client go: a queue of the connection's own, which nobody else can read. */
export const REPLIES = "/temp-queue/replies";

const TIMEOUT = 30_000;

/** The requests of a client that wait for their replies. */
export class Requests {
  readonly #link: RequestLink;
  readonly #pending = new Map<string, Pending>();
  #replies: Subscription | undefined;
  #last = 0;

  constructor(link: RequestLink) {
    this.#link = link;
  }

  async request<T>(destination: string, body: PublishBody, options: RequestOptions): Promise<Message<T>> {
    const { signal, timeout, ...message } = options;
    const limits = { timeout: timeout ?? TIMEOUT, signal };
    checkLimits(limits);
    this.#listen();
    const id = String(++this.#last);
    const reply = deferred<Message<T>>();
    this.#pending.set(id, { reply: reply as Deferred<Message>, isSent: this.#link.epoch() > 0 });
    limit(reply.promise, limits, `reply from ${destination}`, reply.reject);
    const over = new AbortController();
    const publish = { ...message, correlationId: id, replyTo: REPLIES, mandatory: true, resend: false, signal: over.signal };
    this.#link.publish(destination, body, publish).catch(reply.reject);
    try {
      return await reply.promise;
    } finally {
      this.#pending.delete(id);
      over.abort(); // takes it back, if it still waits for a connection
    }
  }

  /** There is a connection: what waited for one is sent. */
  handleConnected(): void {
    for (const pending of this.#pending.values()) pending.isSent = true;
  }

  /** The connection is lost, and with it the address of the replies to what was sent. */
  handleLost(): void {
    this.#reject(new WharfError("connection-lost", "the connection was lost before the reply came", true), true);
  }

  #listen(): void {
    if (this.#replies) return;
    const handle = (message: Message) => this.#pending.get(message.headers["correlation-id"] ?? "")?.reply.resolve(message);
    this.#replies = this.#link.subscribe(REPLIES, handle);
    void this.#replies.ended.then((error) => {
      this.#replies = undefined;
      this.#reject(error ?? new WharfError("closed", "the client is closed"), false);
    });
  }

  #reject(error: WharfError, onlySent: boolean): void {
    for (const { reply, isSent } of this.#pending.values()) if (isSent || !onlySent) reply.reject(error);
  }
}
