import type { Message } from "../index.js";
import type { IMessage, StompHeaders } from "./types.js";

/** Accepts a message, or gives it back. */
export type Settle = (message: Message, isNack: boolean, headers: StompHeaders) => void;

/** A message as stompjs has it. Nothing of it is decoded before it is looked at. */
export class StompMessage implements IMessage {
  readonly command = "MESSAGE";
  readonly isBinaryBody = true;
  readonly #message: Message;
  readonly #subscription: string;
  readonly #settle: Settle;
  #headers: StompHeaders | undefined;

  /** `subscription` is the id that its subscriber knows. */
  constructor(message: Message, subscription: string, settle: Settle) {
    this.#message = message;
    this.#subscription = subscription;
    this.#settle = settle;
  }

  get headers(): StompHeaders {
    return (this.#headers ??= { ...this.#message.headers, subscription: this.#subscription });
  }

  get body(): string {
    return this.#message.text;
  }

  get binaryBody(): Uint8Array {
    return this.#message.bytes;
  }

  ack(headers: StompHeaders = {}): void {
    this.#settle(this.#message, false, headers);
  }

  nack(headers: StompHeaders = {}): void {
    this.#settle(this.#message, true, headers);
  }
}
