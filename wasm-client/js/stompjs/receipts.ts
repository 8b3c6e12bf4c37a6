import { frame } from "./frame.js";
import { guard } from "./guard.js";
import type { frameCallbackType, IFrame, StompHeaders } from "./types.js";

/** Who waits for which receipt of a connection. */
export class Receipts {
  readonly #watchers = new Map<string, frameCallbackType>();
  readonly #unhandled: (frame: IFrame) => void;

  constructor(unhandled: (frame: IFrame) => void) {
    this.#unhandled = unhandled;
  }

  watch(id: string, callback: frameCallbackType): void {
    this.#watchers.set(id, callback);
  }

  /** What a frame asked to be confirmed has happened. `id`: its header `receipt`, if it had one. */
  confirm(id: string | undefined, headers: StompHeaders = {}): void {
    if (id === undefined) return;
    const receipt = frame("RECEIPT", { "receipt-id": id, ...headers });
    const watcher = this.#watchers.get(id);
    this.#watchers.delete(id);
    guard(() => (watcher ?? this.#unhandled)(receipt));
  }
}
