import { deferred } from "./deferred.js";
import { invalid, type WharfError } from "./error.js";
import type { Message, NackOptions } from "./message.js";
import type { Confirmation, MessageOptions, PublishBody } from "./publish.js";

/** What a transaction asks of its client. */
export interface TransactionLink {
  publish(destination: string, body: PublishBody, options: MessageOptions): Promise<Confirmation>;
  settle(message: Message, nack: NackOptions | undefined): void;
  end(commit: boolean): void;
}

/**
 * Publishes and settlements that happen together, or not at all. Made by {@link Client.begin}.
 *
 * It belongs to the connection on which it began. When that is lost before the commit is confirmed, `commit` is rejected
 * with `connection-lost`, and nothing is sent again: whoever began it begins again.
 */
export class Transaction {
  readonly #link: TransactionLink;
  readonly #ended = deferred<void>();
  #isOver = false;

  /** @internal */
  constructor(link: TransactionLink) {
    this.#link = link;
    this.#ended.promise.catch(() => {}); // who does not ask is told by what was published
  }

  /**
   * Publishes a message when the transaction is committed. The promise is settled by that: confirmed, or rejected with
   * `aborted` or whatever the commit failed with. It need not be awaited, since `commit` tells.
   */
  publish(destination: string, body: PublishBody = "", options: MessageOptions = {}): Promise<Confirmation> {
    const confirmed = this.#publish(destination, body, options);
    confirmed.catch(() => {});
    return confirmed;
  }

  /** Accepts a message when the transaction is committed. Throws `connection-lost` for one of an earlier connection. */
  ack(message: Message): void {
    this.#check();
    this.#link.settle(message, undefined);
  }

  /** Gives a message back, or refuses it, when the transaction is committed. */
  nack(message: Message, options: NackOptions = {}): void {
    this.#check();
    this.#link.settle(message, options);
  }

  /** Has it all happen. Resolved when it has; when it is rejected nothing of it has, unless the connection was lost. */
  async commit(): Promise<void> {
    this.#check();
    this.#isOver = true;
    this.#link.end(true);
    await this.#ended.promise;
  }

  /** Has nothing of it happen. Without its connection nothing does anyway. */
  async abort(): Promise<void> {
    this.#check();
    this.#isOver = true;
    this.#link.end(false);
    await this.#ended.promise.catch(() => {});
  }

  /** @internal */
  end(error: WharfError | undefined): void {
    if (error) this.#ended.reject(error);
    else this.#ended.resolve();
  }

  async #publish(destination: string, body: PublishBody, options: MessageOptions): Promise<Confirmation> {
    this.#check();
    return this.#link.publish(destination, body, options);
  }

  #check(): void {
    if (this.#isOver) throw invalid("this transaction is over: begin another");
  }
}
