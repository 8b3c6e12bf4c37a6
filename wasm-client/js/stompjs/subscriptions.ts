import type { AckMode, Client, Message, Subscription, WharfError } from "../index.js";
import { frame } from "./frame.js";
import { guard } from "./guard.js";
import { type Settle, StompMessage } from "./message.js";
import type { messageCallbackType, StompHeaders } from "./types.js";
import { Unsettled } from "./unsettled.js";

/** What subscriptions ask of their connection. */
export interface SubscriptionsLink {
  settle: Settle;
  /** A message that nobody has subscribed to. */
  handleUnhandled: messageCallbackType;
  handleReady(receipt: string | undefined): void;
  handleFailed(error: unknown, about: Record<string, string | undefined>): void;
}

interface Entry {
  subscription: Subscription;
  destination: string;
  /** What came and may be settled, by the id that an ACK names. */
  unsettled: Unsettled;
}

/** Where a page may want replies: such a queue is its connection's own. */
const TEMPORARY = "/temp-queue/";

/** The subscriptions of a connection, by the ids that the page knows. */
export class Subscriptions {
  readonly #client: Client;
  readonly #link: SubscriptionsLink;
  readonly #entries = new Map<string, Entry>();

  constructor(client: Client, link: SubscriptionsLink) {
    this.#client = client;
    this.#link = link;
  }

  subscribe(id: string, destination: string, callback: messageCallbackType, headers: StompHeaders): void {
    if (this.#entries.has(id)) throw new Error(`there is a subscription with the id ${JSON.stringify(id)} already`);
    const { id: _id, destination: _destination, ack = "auto", receipt, ...rest } = headers;
    checkHeaders(destination, rest);
    this.#endReplies(destination);
    const subscription = this.#add(id, destination, callback, ack as AckMode, rest);
    subscription.ready.then(() => this.#link.handleReady(receipt), () => {}); // `ended` tells
    void subscription.ended.then((error) => this.#handleEnded(id, subscription, error, receipt));
    if (rest["browser"] === "true") void subscription.ended.then((error) => error || callback(endOfQueue(id, destination)));
  }

  /** Ends one; resolved when the server has let go of it. */
  unsubscribe(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) throw new Error(`there is no subscription with the id ${JSON.stringify(id)}`);
    this.#entries.delete(id);
    return entry.subscription.unsubscribe();
  }

  /** Settles the message that an ACK or NACK names. */
  settle(subscription: string, id: string, isNack: boolean, headers: StompHeaders): void {
    const unsettled = this.#entries.get(subscription)?.unsettled;
    const message = unsettled?.find(id);
    if (!message) throw new Error(`the subscription ${JSON.stringify(subscription)} has no unsettled message ${JSON.stringify(id)}`);
    this.#link.settle(message, isNack, headers);
    unsettled?.forget(message);
  }

  /** Subscribes to where replies are wanted: the client hands on no message that it did not subscribe to. */
  readReplies(destination: string | undefined): void {
    if (!destination?.startsWith(TEMPORARY)) return;
    for (const entry of this.#entries.values()) if (entry.destination === destination) return;
    const subscription = this.#add(destination, destination, this.#link.handleUnhandled, "auto", {});
    void subscription.ended.then((error) => this.#handleEnded(destination, subscription, error, undefined));
  }

  #add(id: string, destination: string, callback: messageCallbackType, ack: AckMode, headers: StompHeaders): Subscription {
    const unsettled = new Unsettled(ack === "client");
    const settle: Settle = (message, isNack, more) => {
      this.#link.settle(message, isNack, more);
      unsettled.forget(message);
    };
    const handle = (message: Message) => {
      unsettled.add(message);
      guard(() => callback(new StompMessage(message, id, settle)));
    };
    const subscription = this.#client.subscribe(destination, handle, { ack, headers });
    this.#entries.set(id, { subscription, destination, unsettled });
    return subscription;
  }

  #handleEnded(id: string, subscription: Subscription, error: WharfError | undefined, receipt: string | undefined): void {
    if (this.#entries.get(id)?.subscription === subscription) this.#entries.delete(id);
    if (error) this.#link.handleFailed(error, { subscription: id, "receipt-id": receipt });
  }

  /** The page reads the replies itself now: two readers would share them. */
  #endReplies(destination: string): void {
    if (this.#entries.has(destination)) this.unsubscribe(destination).catch(() => {}); // it has failed, and was told
  }
}

/** What says that a browser has seen all. */
function endOfQueue(subscription: string, destination: string): Parameters<messageCallbackType>[0] {
  return { ...frame("MESSAGE", { subscription, destination, browser: "end" }), ack() {}, nack() {} };
}

function checkHeaders(destination: string, headers: StompHeaders): void {
  const has = (name: string) => headers[name] !== undefined && headers[name] !== "false";
  if (has("x-credit") || has("x-credit-bytes")) throw new Error("a subscription with a credit needs grant(): use Client of @wharf/client");
  const isQueue = destination.startsWith("/queue/") || destination.startsWith("/amq/queue/");
  const isNamed = ["x-queue-name", "durable-subscription-name", "durable-subscriber-name", "activemq.subscriptionName"].some(has);
  if ((has("durable") || has("persistent")) && !isQueue && !isNamed) {
    throw new Error(`a durable subscription to ${destination} needs a name: give the header durable-subscription-name, since ids are made by the client`);
  }
}
