import type { CloudEvent } from "./cloud-event.js";
import { Message } from "./message.js";

/** A message of a subscription to events, made by {@link Client.subscribeEvents}. `T` is what the event's data is known to be. */
export class EventMessage<T = unknown> extends Message<CloudEvent<T>> {
  /** The event; {@link Message.body} is the same. */
  get event(): CloudEvent<T> {
    return this.body;
  }
}
