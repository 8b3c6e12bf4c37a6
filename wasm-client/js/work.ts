import { Line } from "./line.js";
import type { Message } from "./message.js";

/** Takes each message as it comes. What it returns is waited for where that matters: see {@link SubscribeOptions.ack}. */
export type MessageHandler<T = unknown> = (message: Message<T>) => unknown;

/** Gives messages to a handler, a limited number at a time, and settles them if that is wanted. */
export class Work {
  readonly #handler: (message: never) => unknown;
  readonly #concurrency: number;
  readonly #settles: boolean;
  readonly #report: (error: unknown) => void;
  readonly #waiting = new Line<Message>();
  #isOver = false;
  #running = 0;

  constructor(handler: (message: never) => unknown, concurrency: number, settles: boolean, report: (error: unknown) => void) {
    this.#handler = handler;
    this.#concurrency = concurrency;
    this.#settles = settles;
    this.#report = report;
  }

  /** Messages that wait for the handler. */
  get length(): number {
    return this.#waiting.length;
  }

  push(message: Message): void {
    if (this.#isOver && this.#settles) message.nack();
    else if (this.#running < this.#concurrency) this.#start(message);
    else this.#waiting.push(message);
  }

  /** Forgets the oldest message that waits. */
  shift(): void {
    this.#waiting.shift();
  }

  /** Forgets all that wait. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Nobody will handle what waits, or comes now: it goes back to its queue. */
  leave(): void {
    this.#isOver = true;
    if (!this.#settles) return;
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) message.nack();
  }

  /** Handles one after the other, as long as none has to be waited for: a handler that calls back in would grow the stack. */
  #start(first: Message): void {
    for (let message: Message | undefined = first; message; message = this.#next()) {
      this.#running += 1;
      if (!this.#handle(message)) return;
    }
  }

  /** False when its end is to be waited for. */
  #handle(message: Message): boolean {
    let result: unknown;
    try {
      result = this.#handler(message as never);
    } catch (error) {
      this.#end(message, { error });
      return true;
    }
    // A handler that returns nothing is done: to wait for it would cost every message a promise.
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== "function") {
      this.#end(message);
      return true;
    }
    const go = (failure?: { error: unknown }) => {
      this.#end(message, failure);
      const next = this.#next();
      if (next) this.#start(next);
    };
    Promise.resolve(result).then(() => go(), (error: unknown) => go({ error }));
    return false;
  }

  #end(message: Message, failure?: { error: unknown }): void {
    this.#running -= 1;
    try {
      if (this.#settles && !message.isSettled) failure ? message.nack() : message.ack();
    } catch (error) {
      this.#report(error);
    }
    if (failure) this.#report(failure.error);
  }

  #next(): Message | undefined {
    return this.#running < this.#concurrency ? this.#waiting.shift() : undefined;
  }
}
