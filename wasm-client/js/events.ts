import type { DebugEvent } from "./debug.js";
import { invalid, WharfError } from "./error.js";
import type { Notice } from "./notice.js";
import type { ConnectionState } from "./options.js";
import type { Subscription } from "./subscription.js";

/** Before the next message of a subscription others may be missing. */
export interface Gap {
  subscription: Subscription;
  /**
   * Why: the connection was lost and nothing kept them meanwhile (`reconnected`), the subscription was too slow
   * (`dropped`), a stream did not keep them for so long (`retention`), or a stream was deleted and created again meanwhile
   * (`recreated`): what the old one had further on is lost, and the new one is read from its first message.
   */
  reason: "reconnected" | "dropped" | "retention" | "recreated";
  /** How many, if that is known. */
  count?: number;
}

/** What can be listened to with {@link Client.on}. */
export interface ClientEvents {
  /** The connection stands differently now. */
  state: ConnectionState;
  /** Something went wrong that no promise tells: a lost connection, an ended subscription, a handler that threw. */
  error: unknown;
  /** The server tells something about itself or this connection. Only Wharf does. */
  notice: Notice;
  /** Messages of a topic, or of a stream, may be missing before the next one. */
  gap: Gap;
  /** What goes over the wire, and what makes the client do it; secrets are masked. It costs nothing while nobody listens. */
  debug: DebugEvent;
}

type Listener<Name extends keyof ClientEvents> = (value: ClientEvents[Name]) => void;

/** Who listens to what. */
export class Listeners {
  readonly #sets: { [Name in keyof ClientEvents]: Set<Listener<Name>> } = {
    state: new Set(),
    error: new Set(),
    notice: new Set(),
    gap: new Set(),
    debug: new Set(),
  };

  /** Returns the function that takes the listener away. */
  add<Name extends keyof ClientEvents>(event: Name, listener: Listener<Name>): () => void {
    const listeners = this.#sets[event] as Set<Listener<Name>> | undefined;
    if (!listeners) throw invalid(`there is no event ${JSON.stringify(event)}: listen to ${Object.keys(this.#sets).join(", ")}`);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  has(event: keyof ClientEvents): boolean {
    return this.#sets[event].size > 0;
  }

  emit<Name extends keyof ClientEvents>(event: Name, value: ClientEvents[Name]): void {
    for (const listener of [...this.#sets[event]]) {
      try {
        listener(value);
      } catch (error) {
        this.report(error);
      }
    }
  }

  /** Tells of an error; if nobody listens, the environment is told as of any error that nobody caught. */
  report(error: unknown): void {
    const listeners = [...this.#sets.error];
    for (const listener of listeners) queueMicrotask(() => listener(error));
    // Of our own the promises and the state tell too.
    if (listeners.length === 0 && !(error instanceof WharfError)) queueMicrotask(() => { throw error; });
  }
}
