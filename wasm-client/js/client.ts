import { type Deferred, deferred } from "./deferred.js";
import { asWharfError, invalid, WharfError } from "./error.js";
import { Message } from "./message.js";
import type { AckMode, ConnectionState, Settings, WebSocketConstructor } from "./options.js";
import { count } from "./options.js";
import { type MessageHandler, type SubscribeOptions, Subscription } from "./subscription.js";
import { Connection } from "./wharf_client.js";

/** What can be published: text, octets, or anything that JSON can hold. */
export type PublishBody = string | Uint8Array | ArrayBuffer | object | number | boolean | null;

/** Settings of one publish. */
export interface PublishOptions {
  /** Headers of your own; receivers see them. */
  headers?: Record<string, string>;
  /** How receivers shall read the body. Default `text/plain` for strings, `application/json` for objects, none for octets. */
  contentType?: string;
}

/** The server's word that it has taken a message. */
export interface Confirmation {
  /** How many queues and subscriptions took it; `undefined` when the server does not say. 0: nobody was there. */
  routed: number | undefined;
}

/** What can be listened to with {@link Client.on}. */
export interface ClientEvents {
  /** The connection stands differently now. */
  state: ConnectionState;
  /** Something went wrong that no promise tells: a lost connection, an ended subscription, a handler that threw. */
  error: unknown;
}

const ACK_MODES: readonly AckMode[] = ["auto", "client", "client-individual"];

/** Most unsettled messages of a subscription that is read by a loop and says nothing else. */
const LOOP_PREFETCH = 100;

const encoder = new TextEncoder();

/** A connection to a gateway. Made by {@link connect}. */
export class Client {
  #connection: Connection;
  #state: ConnectionState = "connecting";
  readonly #publishes = new Map<number, Deferred<Confirmation>>();
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #listeners = { state: new Set<(state: ConnectionState) => void>(), error: new Set<(error: unknown) => void>() };
  readonly #opened = deferred<Client>();
  readonly #closed = deferred<void>();

  /** @internal */
  constructor(url: string, constructor: WebSocketConstructor, settings: Settings, onStateChange?: (state: ConnectionState) => void) {
    if (onStateChange) this.#listeners.state.add(onStateChange);
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

  /**
   * Publishes a message; resolved when the broker has taken it.
   *
   * Without a connection it waits for one. When the connection is lost after it was sent and before it was confirmed,
   * the promise is rejected with `connection-lost`: it may have arrived.
   */
  async publish(destination: string, body: PublishBody = "", options: PublishOptions = {}): Promise<Confirmation> {
    const { octets, contentType } = encode(body);
    const type = options.contentType ?? contentType;
    const headers = [...(type === undefined ? [] : ["content-type", type]), ...flatten(options.headers)];
    const number = this.#call(() => this.#connection.publish(text("destination", destination), headers, octets));
    const result = deferred<Confirmation>();
    this.#publishes.set(number, result);
    return result.promise;
  }

  /** Subscribes, to be read with `for await`. */
  subscribe(destination: string, options?: SubscribeOptions): Subscription;
  /** Subscribes with a handler that takes each message. */
  subscribe(destination: string, handler: MessageHandler, options?: SubscribeOptions): Subscription;
  subscribe(destination: string, first?: MessageHandler | SubscribeOptions, second?: SubscribeOptions): Subscription {
    const handler = typeof first === "function" ? first : undefined;
    const options = (typeof first === "function" ? second : first) ?? {};
    const ack = options.ack ?? "auto";
    if (!ACK_MODES.includes(ack)) throw invalid(`ack must be one of ${ACK_MODES.join(", ")}, not ${String(ack)}`);
    // What waits for a loop that settles is bounded by the server; a handler is never behind.
    const prefetch = count("prefetch", options.prefetch) ?? (ack === "auto" || handler ? 0 : LOOP_PREFETCH);
    const headers = flatten(options.headers);
    const number = this.#call(() => this.#connection.subscribe(text("destination", destination), ack, prefetch, headers));
    const subscription = new Subscription(destination, handler, ack === "auto", () => this.#connection.unsubscribe(number));
    this.#subscriptions.set(number, subscription);
    return subscription;
  }

  /** Calls `listener` for each event of this name; returns the function that stops it. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    const listeners = this.#listeners[event] as Set<typeof listener> | undefined;
    if (!listeners) throw invalid(`there is no event ${JSON.stringify(event)}: listen to "state" or "error"`);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Ends the connection once the server has taken what was sent; resolved when it has ended. */
  async close(): Promise<void> {
    this.#connection.close();
    await this.#closed.promise;
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
        if (subscription) this.#guard(() => subscription.deliver(new Message(this.#connection, epoch, ackId, headers, body)));
      },
      onConfirmed: (number: number, routed: number | undefined) => this.#takePublish(number)?.resolve({ routed }),
      onFailed: (number: number, code: string, message: string, retryable: boolean) =>
        this.#takePublish(number)?.reject(new WharfError(code, message, retryable)),
      onSubscribed: (number: number) => this.#subscriptions.get(number)?.begin(),
      onSubscriptionFailed: (number: number, code: string, message: string, retryable: boolean) =>
        this.#endSubscription(number, new WharfError(code, message, retryable)),
      onUnsubscribed: (number: number) => this.#endSubscription(number),
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
    if (state === "connected") this.#opened.resolve(this);
    for (const listener of [...this.#listeners.state]) this.#guard(() => listener(state));
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

function encode(body: PublishBody): { octets: Uint8Array; contentType: string | undefined } {
  if (typeof body === "string") return { octets: encoder.encode(body), contentType: "text/plain" };
  if (body instanceof Uint8Array) return { octets: body, contentType: undefined };
  if (body instanceof ArrayBuffer) return { octets: new Uint8Array(body), contentType: undefined };
  const json = JSON.stringify(body) as string | undefined;
  if (json === undefined) throw invalid("this body cannot be written as JSON");
  return { octets: encoder.encode(json), contentType: "application/json" };
}

function flatten(headers: Record<string, string> | undefined): string[] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) => [name, String(value)]);
}

function text(name: string, value: string): string {
  if (typeof value !== "string" || value === "") throw invalid(`${name} must be a text such as "/queue/orders"`);
  return value;
}
