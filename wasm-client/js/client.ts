import { type Deferred, deferred } from "./deferred.js";
import { asWharfError, invalid, WharfError } from "./error.js";
import { Message, type MessageLink } from "./message.js";
import { type Notice, NOTICES, readNotice } from "./notice.js";
import type { AckMode, ConnectionState, Settings, WebSocketConstructor } from "./options.js";
import { count, text } from "./options.js";
import { type Confirmation, encode, flatten, type PublishBody, type PublishOptions } from "./publish.js";
import { type RequestOptions, Requests } from "./request.js";
import { type MessageHandler, type SubscribeOptions, Subscription } from "./subscription.js";
import { Transaction } from "./transaction.js";
import { Connection } from "./wharf_client.js";

/** Settings of {@link Client.browse}. */
export interface BrowseOptions {
  /** More headers of the SUBSCRIBE frame. */
  headers?: Record<string, string>;
}

/** What can be listened to with {@link Client.on}. */
export interface ClientEvents {
  /** The connection stands differently now. */
  state: ConnectionState;
  /** Something went wrong that no promise tells: a lost connection, an ended subscription, a handler that threw. */
  error: unknown;
  /** The server tells something about itself or this connection. Only Wharf does. */
  notice: Notice;
}

const ACK_MODES: readonly AckMode[] = ["auto", "client", "client-individual"];

/** Most unsettled messages of a subscription that is read by a loop and says nothing else. */
const LOOP_PREFETCH = 100;

/** A connection to a gateway. Made by {@link connect}. */
export class Client {
  #connection: Connection;
  #state: ConnectionState = "connecting";
  #blocked = false;
  #notices: Subscription | undefined;
  readonly #publishes = new Map<number, Deferred<Confirmation>>();
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #transactions = new Map<number, Transaction>();
  readonly #requests: Requests;
  readonly #listeners: { [Name in keyof ClientEvents]: Set<(value: ClientEvents[Name]) => void> } = {
    state: new Set(),
    error: new Set(),
    notice: new Set(),
  };
  readonly #opened = deferred<Client>();
  readonly #closed = deferred<void>();
  readonly #link: MessageLink;

  /** @internal */
  constructor(url: string, constructor: WebSocketConstructor, settings: Settings, onStateChange?: (state: ConnectionState) => void) {
    if (onStateChange) this.#listeners.state.add(onStateChange);
    this.#link = {
      settle: (ackId, epoch, nack, transaction) =>
        this.#call(() =>
          nack
            ? this.#connection.nack(ackId, epoch, nack.requeue ?? true, nack.delay, nack.reason, transaction)
            : this.#connection.ack(ackId, epoch, transaction),
        ),
      publish: (destination, body, options) => this.publish(destination, body, options),
    };
    this.#requests = new Requests({
      epoch: () => this.#connection.epoch(),
      subscribe: (destination, handler) => this.#subscribe(destination, handler, {}),
      publish: this.#link.publish,
    });
    this.#connection = new Connection(url, constructor, settings, this.#listener());
  }

  /** @internal */
  get opened(): Promise<Client> {
    return this.#opened.promise;
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether what is published waits at the server, since it is short of memory. Known while somebody listens to `notice`. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /**
   * Publishes a message; resolved when the broker has taken it.
   *
   * Without a connection it waits for one. When the connection is lost before it was confirmed, it is sent again on the
   * next one, in order and under the same id, so that the server stores it once. It is rejected with `connection-lost`
   * where that cannot be had: with a server that does not tell copies apart, ten minutes after it was first sent, or with
   * `resend: false`. More than {@link ConnectOptions.maxOutbox} is rejected with `outbox-full`.
   */
  async publish(destination: string, body: PublishBody = "", options: PublishOptions = {}): Promise<Confirmation> {
    return this.#publish(destination, body, options, undefined);
  }

  /**
   * Publishes a request and resolves with the reply to it, which {@link Message.reply} makes. Rejected with `unroutable`
   * when nobody is there to take it, `timeout`, `connection-lost` when the connection is lost after it was sent, or the
   * reason of the signal.
   */
  async request(destination: string, body: PublishBody = "", options: RequestOptions = {}): Promise<Message> {
    return this.#requests.request(text("destination", destination), body, options);
  }

  /** Subscribes, to be read with `for await`. */
  subscribe(destination: string, options?: SubscribeOptions): Subscription;
  /** Subscribes with a handler that takes each message. */
  subscribe(destination: string, handler: MessageHandler, options?: SubscribeOptions): Subscription;
  subscribe(destination: string, first?: MessageHandler | SubscribeOptions, second?: SubscribeOptions): Subscription {
    const handler = typeof first === "function" ? first : undefined;
    return this.#subscribe(destination, handler, (handler ? second : (first as SubscribeOptions)) ?? {});
  }

  /**
   * Reads what waits in a queue and leaves it there. The loop ends when it has seen all; it throws `connection-lost` when
   * the connection is lost meanwhile.
   */
  browse(destination: string, options: BrowseOptions = {}): AsyncIterableIterator<Message> {
    text("destination", destination);
    return this.#browse(destination, options);
  }

  /** Begins a transaction. Throws `not-connected` when there is no connection that it could belong to. */
  begin(): Transaction {
    const number = this.#call(() => this.#connection.begin());
    const transaction = new Transaction({
      publish: (destination, body, options) => this.#publish(destination, body, { ...options, resend: false }, number),
      settle: (message, nack) => message.settle(this.#link, nack, number),
      end: (commit) => this.#connection.endTransaction(number, commit),
    });
    this.#transactions.set(number, transaction);
    return transaction;
  }

  /** Does `work` in a transaction, which is committed when it is done, or aborted when it throws. */
  async transaction<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    const transaction = this.begin();
    let result: T;
    try {
      result = await work(transaction);
    } catch (error) {
      await transaction.abort().catch(() => {}); // it is over, if the work has ended it
      throw error;
    }
    await transaction.commit();
    return result;
  }

  /** Calls `listener` for each event of this name; returns the function that stops it. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    const listeners = this.#listeners[event] as Set<typeof listener> | undefined;
    if (!listeners) throw invalid(`there is no event ${JSON.stringify(event)}: listen to "state", "error" or "notice"`);
    listeners.add(listener);
    this.#watch();
    return () => {
      listeners.delete(listener);
      this.#watch();
    };
  }

  /** Ends the connection once the server has taken what was sent; resolved when it has ended. */
  async close(): Promise<void> {
    this.#connection.close();
    await this.#closed.promise;
  }

  #publish(destination: string, body: PublishBody, options: PublishOptions, transaction: number | undefined): Promise<Confirmation> {
    const { signal, resend = true } = options;
    signal?.throwIfAborted();
    const { octets, headers } = encode(body, options);
    const number = this.#call(() => this.#connection.publish(text("destination", destination), headers, octets, resend, transaction));
    const result = deferred<Confirmation>();
    this.#publishes.set(number, result);
    if (signal) this.#withdraw(number, result, signal);
    return result.promise;
  }

  /** Lets the signal take back what was not sent yet. */
  #withdraw(number: number, result: Deferred<Confirmation>, signal: AbortSignal): void {
    const settled = new AbortController();
    const withdraw = () => {
      if (this.#connection.cancel(number)) this.#takePublish(number)?.reject(signal.reason);
    };
    signal.addEventListener("abort", withdraw, { signal: settled.signal });
    const forget = () => settled.abort();
    result.promise.then(forget, forget);
  }

  #subscribe(destination: string, handler: MessageHandler | undefined, options: SubscribeOptions): Subscription {
    const ack = options.ack ?? "auto";
    if (!ACK_MODES.includes(ack)) throw invalid(`ack must be one of ${ACK_MODES.join(", ")}, not ${String(ack)}`);
    const credit = count("credit", options.credit);
    const creditBytes = count("creditBytes", options.creditBytes);
    const credited = credit !== undefined || creditBytes !== undefined;
    // What waits for a loop that settles is bounded by the server; a handler is never behind.
    const prefetch = count("prefetch", options.prefetch) ?? (ack === "auto" || handler || credited ? 0 : LOOP_PREFETCH);
    const browses = options.headers?.["browser"] === "true";
    const number = this.#call(() =>
      this.#connection.subscribe(text("destination", destination), ack, prefetch, credit, creditBytes, browses, flatten(options.headers)),
    );
    const subscription = new Subscription(destination, handler, {
      bounded: ack === "auto" && !browses,
      browses,
      credited,
      leave: () => this.#connection.unsubscribe(number),
      grant: (messages, bytes) => this.#connection.grant(number, messages, bytes),
    });
    this.#subscriptions.set(number, subscription);
    return subscription;
  }

  async *#browse(destination: string, options: BrowseOptions): AsyncIterableIterator<Message> {
    const subscription = this.#subscribe(destination, undefined, { headers: { ...options.headers, browser: "true" } });
    try {
      yield* subscription;
    } finally {
      await subscription.unsubscribe();
    }
  }

  #call<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw asWharfError(error);
    }
  }

  /** What the module calls. Nothing that a page's own code throws may get back into it. */
  #listener() {
    return {
      onState: (state: ConnectionState) => this.#enter(state),
      onMessage: (number: number, epoch: number, ackId: string | undefined, headers: string[], body: Uint8Array) => {
        const subscription = this.#subscriptions.get(number);
        if (subscription) this.#guard(() => subscription.deliver(new Message(this.#link, epoch, ackId, headers, body)));
      },
      onConfirmed: (number: number, routed: number | undefined, duplicate: boolean) =>
        this.#takePublish(number)?.resolve({ routed, duplicate }),
      onFailed: (number: number, code: string, message: string, retryable: boolean) =>
        this.#takePublish(number)?.reject(new WharfError(code, message, retryable)),
      onSubscribed: (number: number) => this.#subscriptions.get(number)?.begin(),
      onSubscriptionFailed: (number: number, code: string, message: string, retryable: boolean) =>
        this.#endSubscription(number, new WharfError(code, message, retryable)),
      onUnsubscribed: (number: number) => this.#endSubscription(number),
      onTransactionEnded: (number: number, code: string | undefined, message: string | undefined, retryable: boolean) => {
        this.#transactions.get(number)?.end(code === undefined ? undefined : new WharfError(code, message ?? "", retryable));
        this.#transactions.delete(number);
      },
      onError: (code: string, message: string, retryable: boolean) => this.#report(new WharfError(code, message, retryable)),
      onClosed: (code: string | undefined, message: string | undefined, retryable: boolean) => {
        const error = code === undefined ? undefined : new WharfError(code, message ?? "", retryable);
        this.#opened.reject(error ?? new WharfError("closed", "the client was closed"));
        this.#closed.resolve();
      },
    };
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    if (state === "connected") {
      this.#opened.resolve(this);
      this.#requests.handleConnected();
      this.#watch();
    } else {
      this.#blocked = false;
      if (state === "waiting") this.#requests.handleLost();
    }
    this.#emit("state", state);
  }

  /** Has the server tell what it tells, as long as somebody listens. */
  #watch(): void {
    const isWanted = this.#listeners.notice.size > 0;
    if (isWanted && !this.#notices && this.#connection.epoch() > 0 && this.#connection.softErrors()) {
      const subscription = this.#subscribe(NOTICES, (message) => this.#notice(message), {});
      this.#notices = subscription;
      void subscription.ended.then(() => {
        if (this.#notices === subscription) this.#notices = undefined;
      });
    } else if (!isWanted && this.#notices) {
      this.#notices.unsubscribe().catch((error: unknown) => this.#report(error));
      this.#notices = undefined;
      this.#blocked = false;
    }
  }

  #notice(message: Message): void {
    const notice = readNotice(message, (number) => this.#subscriptions.get(number));
    if (!notice) return;
    if (notice.kind === "blocked" || notice.kind === "unblocked") this.#blocked = notice.kind === "blocked";
    this.#emit("notice", notice);
  }

  #emit<Name extends "state" | "notice">(event: Name, value: ClientEvents[Name]): void {
    for (const listener of [...this.#listeners[event]]) this.#guard(() => listener(value));
  }

  #takePublish(number: number): Deferred<Confirmation> | undefined {
    const result = this.#publishes.get(number);
    this.#publishes.delete(number);
    return result;
  }

  #endSubscription(number: number, error?: WharfError): void {
    const subscription = this.#subscriptions.get(number);
    this.#subscriptions.delete(number);
    subscription?.end(error);
    if (error) this.#report(error);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Tells who listens; if nobody does, the environment is told as of any error that nobody caught. */
  #report(error: unknown): void {
    const listeners = [...this.#listeners.error];
    for (const listener of listeners) queueMicrotask(() => listener(error));
    if (listeners.length === 0 && !(error instanceof WharfError)) queueMicrotask(() => { throw error; });
  }
}
