import { type CloudEvent, type CloudEventInit, encodeEvent, type EventOptions } from "./cloud-event.js";
import { type DebugEvent, debugEvent } from "./debug.js";
import { type Deferred, deferred } from "./deferred.js";
import { invalid, WharfError } from "./error.js";
import type { EventMessage } from "./event-message.js";
import { type ClientEvents, type Gap, Listeners } from "./events.js";
import { flatten } from "./headers.js";
import { watchLifecycle } from "./lifecycle.js";
import { checkLimits, limit } from "./limit.js";
import type { Message, MessageLink } from "./message.js";
import { type Notice, Notices } from "./notice.js";
import type { ConnectionState, ConnectOptions, Settings, WebSocketConstructor } from "./options.js";
import { count, text } from "./options.js";
import { type Confirmation, encode, type PublishBody, type PublishOptions } from "./publish.js";
import { REPLIES, type RequestOptions, Requests } from "./request.js";
import { streamHeaders } from "./stream.js";
import { concurrency, type EventSubscription, type SubscribeOptions, Subscription, type SubscriptionInfo } from "./subscription.js";
import { askToken, type TokenProvider } from "./token.js";
import { Transaction } from "./transaction.js";
import { Connection } from "./wharf_client.js";
import type { MessageHandler } from "./work.js";

/** Settings of {@link Client.browse}. */
export interface BrowseOptions {
  /** More headers of the SUBSCRIBE frame. */
  headers?: Record<string, string>;
}

/** What is known of a client: see {@link Client.inspect}. */
export interface ClientInfo {
  state: ConnectionState;
  /** The number of the connection that stands, counted from 1; 0: there is none. */
  epoch: number;
  url: string;
  /** Failed attempts to connect since the last log-in. */
  attempts: number;
  /** When the next one begins, in milliseconds since 1970. */
  nextAttemptAt?: number;
  /** When the connection that stands was made, in milliseconds since 1970. */
  connectedAt?: number;
  /** What the server of the last connection calls itself. */
  serverVersion?: string;
  /** What was published and is not confirmed yet. */
  outbox: { messages: number; octets: number };
  subscriptions: SubscriptionInfo[];
}

/** Takes each event as it comes; what it returns is waited for as with a {@link MessageHandler}. */
export type EventHandler<T = unknown> = (message: EventMessage<T>) => unknown;

const ACK_MODES: readonly unknown[] = ["auto", "client", "client-individual", "handler"];

/** Most unsettled messages of a subscription that is read by a loop and says nothing else. */
const LOOP_PREFETCH = 100;

/** A connection to a gateway. Made by {@link connect}. */
export class Client {
  readonly #url: string;
  readonly #connection: Connection;
  readonly #token: TokenProvider | undefined;
  #state: ConnectionState = "connecting";
  #connectedAt = 0;
  readonly #publishes = new Map<number, Deferred<Confirmation>>();
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #transactions = new Map<number, Transaction>();
  readonly #requests: Requests;
  readonly #notices: Notices;
  readonly #listeners = new Listeners();
  readonly #opened = deferred<Client>();
  readonly #closed = deferred<void>();
  readonly #unwatch: () => void;
  readonly #link: MessageLink;

  /** @internal */
  constructor(url: string, constructor: WebSocketConstructor, settings: Settings, { token, debug, onStateChange }: ConnectOptions) {
    this.#url = url;
    this.#token = token;
    this.#link = {
      settle: (ackId, epoch, nack, transaction) =>
        nack
          ? this.#connection.nack(ackId, epoch, nack.requeue ?? true, nack.delay, nack.reason, transaction)
          : this.#connection.ack(ackId, epoch, transaction),
      publish: (destination, body, options) => this.publish(destination, body, options),
    };
    this.#requests = new Requests({
      epoch: () => this.#connection.epoch(),
      subscribe: (destination, handler) => this.#subscribe(destination, handler, {}),
      publish: this.#link.publish,
    });
    this.#notices = new Notices({
      isTold: () => this.#connection.epoch() > 0 && this.#connection.softErrors(),
      subscribe: (destination, handler) => this.#subscribe(destination, handler, {}),
      find: (number) => this.#subscriptions.get(number),
      tell: (notice) => this.#tellNotice(notice),
      report: (error) => this.#listeners.report(error),
    });
    this.#connection = new Connection(url, constructor, settings, this.#listener());
    this.#unwatch = watchLifecycle({ wake: () => this.#connection.wake(), offline: () => this.#connection.offline() });
    if (onStateChange) this.on("state", onStateChange);
    if (debug) this.on("debug", debug);
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
    return this.#notices.blocked;
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
   * Publishes an event, as {@link Client.publish} does a message: its attributes as headers, its data as the body. Rejected
   * with `invalid-argument`, which names the attribute, when it is no event as CloudEvents 1.0 wants them.
   */
  async publishEvent(destination: string, event: CloudEventInit, options: EventOptions = {}): Promise<Confirmation> {
    const encoded = encodeEvent(event, options);
    return this.#publish(destination, encoded.body, encoded.options, undefined);
  }

  /**
   * Publishes a request and resolves with the reply to it, which {@link Message.reply} makes. Rejected with `unroutable`
   * when nobody is there to take it, `timeout`, `connection-lost` when the connection is lost after it was sent, or the
   * reason of the signal.
   */
  async request<T = unknown>(destination: string, body: PublishBody = "", options: RequestOptions = {}): Promise<Message<T>> {
    return this.#requests.request<T>(text("destination", destination), body, options);
  }

  /** Subscribes, to be read with `for await`. */
  subscribe<T = unknown>(destination: string, options?: SubscribeOptions<T>): Subscription<T>;
  /** Subscribes with a handler that takes each message. */
  subscribe<T = unknown>(destination: string, handler: MessageHandler<T> | undefined, options?: SubscribeOptions<T>): Subscription<T>;
  subscribe<T>(destination: string, first?: MessageHandler<T> | SubscribeOptions<T>, second?: SubscribeOptions<T>): Subscription<T> {
    return typeof first === "function" ? this.#subscribe(destination, first, second ?? {}) : this.#subscribe(destination, undefined, first ?? second ?? {});
  }

  /** Subscribes to events, to be read with `for await`. A message that is no event is told as one, of the type `wharf.message`. */
  subscribeEvents<T = unknown>(destination: string, options?: SubscribeOptions<T>): EventSubscription<T>;
  /** Subscribes to events with a handler that takes each. {@link SubscribeOptions.validate} checks their data. */
  subscribeEvents<T = unknown>(destination: string, handler: EventHandler<T> | undefined, options?: SubscribeOptions<T>): EventSubscription<T>;
  subscribeEvents<T>(destination: string, first?: EventHandler<T> | SubscribeOptions<T>, second?: SubscribeOptions<T>): EventSubscription<T> {
    const [handler, options = second] = typeof first === "function" ? [first] : [undefined, first];
    const headers = { ...options?.headers, "x-cloudevents": "structured" };
    return this.#subscribe<CloudEvent<T>, EventMessage<T>>(destination, handler, { ...options, headers }, true);
  }

  /**
   * Reads what waits in a queue and leaves it there. The loop ends when it has seen all; it throws `connection-lost` when
   * the connection is lost meanwhile.
   */
  browse<T = unknown>(destination: string, options: BrowseOptions = {}): AsyncIterableIterator<Message<T>> {
    text("destination", destination);
    return this.#browse<T>(destination, options);
  }

  /** Begins a transaction. Throws `not-connected` when there is no connection that it could belong to. */
  begin(): Transaction {
    const number = this.#connection.begin();
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
    const remove = this.#listeners.add(event, listener);
    this.#watch();
    return () => {
      remove();
      this.#watch();
    };
  }

  /** What is known of the client now, to be shown to people. */
  inspect(): ClientInfo {
    const [attempts, nextAttemptAt, messages, octets] = this.#connection.numbers() as unknown as [number, number, number, number];
    const serverVersion = this.#connection.server();
    return {
      state: this.#state,
      epoch: this.#connection.epoch(),
      url: this.#url,
      attempts,
      ...(nextAttemptAt > 0 && { nextAttemptAt }),
      ...(this.#state === "connected" && { connectedAt: this.#connectedAt }),
      ...(serverVersion !== undefined && { serverVersion }),
      outbox: { messages, octets },
      subscriptions: Array.from(this.#subscriptions.values(), (subscription) => subscription.inspect()),
    };
  }

  /** Ends the connection once the server has taken what was sent; resolved when it has ended. */
  async close(): Promise<void> {
    this.#connection.close();
    await this.#closed.promise;
  }

  async #publish(destination: string, body: PublishBody, options: PublishOptions, transaction: number | undefined): Promise<Confirmation> {
    checkLimits(options);
    const { octets, headers } = encode(body, options);
    const number = this.#connection.publish(text("destination", destination), headers, octets, options.resend ?? true, transaction);
    const result = deferred<Confirmation>();
    this.#publishes.set(number, result);
    limit(result.promise, options, `confirmation from ${destination}`, (reason, isLate) => {
      // What was sent goes on, whatever the signal wants; but nobody waits for it for ever.
      if (this.#connection.cancel(number) || isLate) this.#takePublish(number)?.reject(reason);
    });
    return result.promise;
  }

  #subscribe<T, M extends Message = Message<T>>(
    destination: string,
    handler: ((message: M) => unknown) | undefined,
    options: SubscribeOptions,
    ofEvents = false,
  ): Subscription<T, M> {
    checkLimits(options);
    const { signal, timeout, ack: wanted = "auto" } = options;
    if (!ACK_MODES.includes(wanted)) throw invalid(`ack must be one of ${ACK_MODES.join(", ")}, not ${String(wanted)}`);
    if (wanted === "handler" && !handler) throw invalid('ack: "handler" needs a handler: give one, or settle the messages of the loop');
    const ack = wanted === "handler" ? "client-individual" : wanted;
    const credit = count("credit", options.credit);
    const creditBytes = count("creditBytes", options.creditBytes);
    const prefetch = count("prefetch", options.prefetch) ?? defaultPrefetch(handler, options);
    const browses = options.headers?.["browser"] === "true";
    const headers = flatten({ ...streamHeaders(options), ...options.headers });
    let number = 0;
    const subscription = new Subscription<T, M>(text("destination", destination), handler, options, {
      get number() { return number; },
      ack,
      messages: this.#link,
      ofEvents,
      leave: () => this.#connection.unsubscribe(number),
      grant: (messages, bytes) => this.#connection.grant(number, messages, bytes),
      report: (error) => this.#listeners.report(error),
      tellDropped: () => this.#tellGap(subscription, "dropped", undefined),
    });
    number = this.#connection.subscribe(destination, ack, prefetch, credit, creditBytes, browses, headers);
    this.#subscriptions.set(number, subscription);
    this.#limit(subscription, timeout, signal);
    return subscription;
  }

  /** Ends the subscription if it is not ready in time, and whenever its signal says so. */
  #limit(subscription: Subscription, timeout: number | undefined, signal: AbortSignal | undefined): void {
    limit(subscription.ready, { timeout }, `subscription to ${subscription.destination}`, (reason) => {
      subscription.unsubscribe().catch(() => {}); // it has failed already
      subscription.end(reason as WharfError);
      this.#listeners.report(reason);
    });
    limit(subscription.ended, { signal }, "", () => subscription.unsubscribe().catch((error: unknown) => this.#listeners.report(error)));
  }

  async *#browse<T>(destination: string, options: BrowseOptions): AsyncIterableIterator<Message<T>> {
    const subscription = this.#subscribe<T>(destination, undefined, { headers: { ...options.headers, browser: "true" } });
    try {
      yield* subscription;
    } finally {
      await subscription.unsubscribe();
    }
  }

  /** What the module calls. Nothing that a page's own code throws may get back into it. */
  #listener() {
    const listener = {
      error: makeError,
      onState: (state: ConnectionState) => this.#enter(state),
      onTokenRequest: (request: number) => void this.#giveToken(request),
      onMessage: (number: number, epoch: number, octets: Uint8Array, bodyStart: number) =>
        this.#subscriptions.get(number)?.deliver(epoch, octets, bodyStart),
      onGap: (number: number, reason: Gap["reason"], count: number | undefined) => this.#tellGap(this.#subscriptions.get(number), reason, count),
      onConfirmed: (number: number, routed: number | undefined, duplicate: boolean, offset: number | undefined) =>
        this.#takePublish(number)?.resolve({ routed, duplicate, ...(offset !== undefined && { offset }) }),
      onFailed: (number: number, error: WharfError) => this.#takePublish(number)?.reject(error),
      onSubscribed: (number: number) => this.#subscriptions.get(number)?.begin(),
      onUnsubscribed: (number: number, error: WharfError | undefined) => this.#endSubscription(number, error),
      onTransactionEnded: (number: number, error: WharfError | undefined) => {
        this.#transactions.get(number)?.end(error);
        this.#transactions.delete(number);
      },
      onError: (error: WharfError) => this.#listeners.report(error),
      onClosed: (error: WharfError | undefined) => {
        this.#unwatch();
        this.#opened.reject(error ?? new WharfError("closed", "the client was closed"));
        if (error) this.#listeners.report(error); // who waits for `connect` has nobody listening yet
        this.#closed.resolve();
        letGo(listener);
      },
      onTrace: (kind: DebugEvent["kind"], head: string, octets: number) => this.#listeners.emit("debug", debugEvent(kind, head, octets)),
    };
    return listener;
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    if (this.#listeners.has("debug")) this.#listeners.emit("debug", debugEvent("state", state, 0));
    if (state === "connected") {
      this.#connectedAt = Date.now();
      this.#opened.resolve(this);
      this.#requests.handleConnected();
      this.#watch();
    } else {
      this.#notices.handleLost();
      if (state !== "closed") this.#requests.handleLost(); // else they are told that it was on purpose
      for (const subscription of this.#subscriptions.values()) subscription.handleLost();
    }
    this.#listeners.emit("state", state);
  }

  async #giveToken(request: number): Promise<void> {
    try {
      const { text, expiresAt } = await askToken(this.#token!);
      this.#connection.giveToken(request, text, expiresAt);
    } catch (error) {
      const { code, message, retryable } = error as WharfError;
      this.#connection.refuseToken(request, code, message, retryable);
    }
  }

  /** Has the module and the server tell what they tell only as long as somebody listens. */
  #watch(): void {
    this.#connection.setTrace(this.#listeners.has("debug"));
    this.#notices.watch(this.#listeners.has("notice") || this.#listeners.has("gap"));
  }

  #tellNotice(notice: Notice): void {
    if (notice.kind === "dropped") {
      const { subscription, count } = notice;
      this.#tellGap(subscription, subscription?.destination.startsWith("/stream/") ? "retention" : "dropped", count);
    }
    this.#listeners.emit("notice", notice);
  }

  #tellGap(subscription: Subscription | undefined, reason: Gap["reason"], count: number | undefined): void {
    // Of the replies that a lost connection cost, their requests know.
    if (!subscription || subscription.destination === REPLIES) return;
    this.#listeners.emit("gap", { subscription, reason, ...(count !== undefined && { count }) });
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
    if (subscription && error) this.#listeners.report(error);
  }
}

/** What waits for a loop or a handler that settles is bounded by the server; any other handler is never behind. */
function defaultPrefetch(handler: unknown, options: SubscribeOptions): number {
  const { ack = "auto", credit, creditBytes } = options;
  if (ack === "handler") return 2 * concurrency(options)!;
  return ack === "auto" || handler || credit !== undefined || creditBytes !== undefined ? 0 : LOOP_PREFETCH;
}

const makeError = (code: string, message: string, retryable: boolean) => new WharfError(code, message, retryable);

/** The module keeps its listener for ever: once there is nothing more to tell it must not keep the client. */
function letGo(listener: Record<string, unknown>): void {
  for (const name of Object.keys(listener)) if (name !== "error") listener[name] = () => {};
}
