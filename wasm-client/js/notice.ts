import type { Message } from "./message.js";
import type { Subscription } from "./subscription.js";

/** What the server tells about itself and this connection. */
export type Notice =
  /** What is published waits at the server, until `unblocked`. */
  | { kind: "blocked"; reason: string | undefined }
  | { kind: "unblocked" }
  /** A subscription was too slow, or a stream did not keep them for so long: at this place `count` messages are missing. */
  | { kind: "dropped"; subscription: Subscription | undefined; count: number }
  /** The server is going away; the client connects to it, or its successor, again. */
  | { kind: "draining" };

/** Where the server tells. */
const NOTICES = "/control/notices";

/** What the reader of notices asks of its client. */
export interface NoticeLink {
  /** Whether there is a connection to a server that tells. */
  isTold(): boolean;
  subscribe(destination: string, handler: (message: Message) => void): Subscription;
  find(number: number): Subscription | undefined;
  tell(notice: Notice): void;
  report(error: unknown): void;
}

/** Has the server tell what it tells, as long as somebody wants to hear it. */
export class Notices {
  readonly #link: NoticeLink;
  #subscription: Subscription | undefined;
  #blocked = false;

  constructor(link: NoticeLink) {
    this.#link = link;
  }

  /** Whether what is published waits at the server, as far as it has told. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Begins or ends, as it is wanted now; to be called again with every new connection. */
  watch(isWanted: boolean): void {
    if (isWanted && !this.#subscription && this.#link.isTold()) {
      const subscription = this.#link.subscribe(NOTICES, (message) => this.#handle(message));
      this.#subscription = subscription;
      void subscription.ended.then(() => {
        if (this.#subscription === subscription) this.#subscription = undefined;
      });
    } else if (!isWanted && this.#subscription) {
      this.#subscription.unsubscribe().catch((error: unknown) => this.#link.report(error));
      this.#subscription = undefined;
      this.#blocked = false;
    }
  }

  /** The connection is lost: whoever takes what is published next will say so. */
  handleLost(): void {
    this.#blocked = false;
  }

  #handle(message: Message): void {
    const notice = readNotice(message, (number) => this.#link.find(number));
    if (!notice) return;
    if (notice.kind === "blocked" || notice.kind === "unblocked") this.#blocked = notice.kind === "blocked";
    this.#link.tell(notice);
  }
}

/** Reads a notice; `undefined`: it is of a kind that is not known here. `find` knows the subscriptions by number. */
function readNotice(message: Message, find: (number: number) => Subscription | undefined): Notice | undefined {
  const body = message.json<{ reason?: string; subscription?: string; count?: number }>();
  const kind = message.headers["notice"];
  if (kind === "blocked") return { kind, reason: body.reason };
  if (kind === "dropped") return { kind, subscription: find(Number(body.subscription)), count: body.count ?? 0 };
  return kind === "unblocked" || kind === "draining" ? { kind } : undefined;
}
