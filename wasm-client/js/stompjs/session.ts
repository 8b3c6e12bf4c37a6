import { type Client, type Message, WharfError } from "../index.js";
import { errorFrame } from "./frame.js";
import { Receipts } from "./receipts.js";
import { readSettlement } from "./settlement.js";
import { Subscriptions } from "./subscriptions.js";
import { Transactions } from "./transactions.js";
import type { frameCallbackType, IFrame, IPublishParams, IMessage, ITransaction, messageCallbackType, StompHeaders, StompSubscription } from "./types.js";
import { warn, warnOfHeaders } from "./warning.js";

/** Who hears what comes. */
export interface SessionHandlers {
  handleError(frame: IFrame): void;
  handleUnhandledMessage(message: IMessage): void;
  handleUnhandledReceipt(frame: IFrame): void;
}

/** Codes of failures that no server tells: the end of the connection tells. */
const SILENT: readonly string[] = ["connection-lost", "not-connected", "closed"];

const encoder = new TextEncoder();

/** What is done on one connection. All of it ends with the connection. */
export class Session {
  readonly #client: Client;
  readonly #handlers: SessionHandlers;
  readonly #receipts: Receipts;
  readonly #transactions: Transactions;
  readonly #subscriptions: Subscriptions;
  /** Failures of calls, of which the client tells as well. */
  readonly #told = new WeakSet<WharfError>();
  #last = 0;

  constructor(client: Client, handlers: SessionHandlers) {
    this.#client = client;
    this.#handlers = handlers;
    this.#receipts = new Receipts((frame) => handlers.handleUnhandledReceipt(frame));
    this.#transactions = new Transactions(client);
    this.#subscriptions = new Subscriptions(client, {
      settle: (message, isNack, headers) => this.#settle(message, isNack, headers),
      handleUnhandled: (message) => handlers.handleUnhandledMessage(message),
      handleReady: (receipt) => this.#receipts.confirm(receipt),
      handleFailed: (error, about) => this.#fail(error, about),
    });
    client.on("error", (error) => this.#handleReported(error));
  }

  watchForReceipt(id: string, callback: frameCallbackType): void {
    this.#receipts.watch(id, callback);
  }

  publish({ destination, headers = {}, body = "", binaryBody, skipContentLengthHeader }: IPublishParams): void {
    const { receipt, transaction, destination: other, "content-length": _length, ...rest } = headers;
    if (skipContentLengthHeader) warn("skipContentLengthHeader", "the client always sends the length");
    const to = transaction === undefined ? this.#client : this.#transactions.find(transaction);
    this.#subscriptions.readReplies(rest["reply-to"]);
    // As octets, since a text would get a content-type that the page has not asked for.
    to.publish(other ?? destination, binaryBody ?? encoder.encode(body), { headers: rest, resend: false }).then(
      ({ routed, duplicate, offset }) => this.#receipts.confirm(receipt, {
        ...(routed !== undefined && { routed: String(routed) }),
        ...(duplicate && { duplicate: "true" }),
        ...(offset !== undefined && { "x-stream-offset": String(offset) }),
      }),
      (error: unknown) => this.#failPublish(error, receipt),
    );
  }

  subscribe(destination: string, callback: messageCallbackType, headers: StompHeaders): StompSubscription {
    const id = headers["id"] || `sub-${this.#last++}`;
    this.#subscriptions.subscribe(id, destination, callback, headers);
    return { id, unsubscribe: (more = {}) => { if (this.#client.state !== "closed") this.unsubscribe(id, more); } };
  }

  unsubscribe(id: string, { receipt, id: _id, ...rest }: StompHeaders): void {
    warnOfHeaders("UNSUBSCRIBE", rest);
    const about = { subscription: id, "receipt-id": receipt };
    this.#subscriptions.unsubscribe(id).then(() => this.#receipts.confirm(receipt), (error: unknown) => this.#fail(error, about));
  }

  begin(id = `tx-${this.#last++}`): ITransaction {
    this.#transactions.begin(id);
    return { id, commit: () => this.endTransaction(id, true), abort: () => this.endTransaction(id, false) };
  }

  endTransaction(id: string, commit: boolean): void {
    this.#transactions.end(id, commit).then(
      (receipts) => receipts.forEach((receipt) => this.#receipts.confirm(receipt)),
      (error: unknown) => this.#fail(error, {}),
    );
  }

  settle(id: string, subscription: string, isNack: boolean, headers: StompHeaders): void {
    this.#subscriptions.settle(subscription, id, isNack, headers);
  }

  #settle(message: Message, isNack: boolean, headers: StompHeaders): void {
    const { nack, transaction, receipt } = readSettlement(isNack, headers);
    const to = transaction === undefined ? undefined : this.#transactions.find(transaction);
    if (nack) to ? to.nack(message, nack) : message.nack(nack);
    else to ? to.ack(message) : message.ack();
    if (receipt === undefined) return;
    if (transaction !== undefined) this.#transactions.confirmLater(transaction, receipt);
    else this.#confirmAfterAll(receipt);
  }

  /** The client asks for no receipt of an ACK; but frames are handled in order, and it does of a COMMIT. */
  #confirmAfterAll(receipt: string): void {
    this.#client.transaction(() => {}).then(() => this.#receipts.confirm(receipt), (error: unknown) => this.#fail(error, { "receipt-id": receipt }));
  }

  #failPublish(error: unknown, receipt: string | undefined): void {
    const isAborted = error instanceof WharfError && error.code === "aborted";
    if (isAborted) this.#receipts.confirm(receipt, { routed: "0" });
    else this.#fail(error, { "receipt-id": receipt });
  }

  /** A call has failed. What ends the connection fails all of them, and is told once, behind them. */
  #fail(error: unknown, about: Record<string, string | undefined>): void {
    const isTold = this.#client.state !== "closed";
    if (error instanceof WharfError) this.#told.add(error);
    if (isTold) this.#tell(error, about);
  }

  #handleReported(error: unknown): void {
    if (error instanceof WharfError && this.#told.has(error)) return;
    this.#tell(error, {});
  }

  #tell(error: unknown, about: Record<string, string | undefined>): void {
    if (!(error instanceof WharfError)) throw error;
    if (!SILENT.includes(error.code)) this.#handlers.handleError(errorFrame(error, about));
  }
}
