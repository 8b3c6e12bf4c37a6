import type { InboxOptions } from "../../live/playground/inbox.ts";
import type { Playground } from "../../live/playground/playground.ts";

/** A subscription that came with the link, and takes messages from others: nobody should begin it unasked. */
export function PreparedCard({ playground, options }: { playground: Playground; options: InboxOptions }) {
  const { destination, ack } = options;
  return (
    <section class="panel prepared" aria-label={`Subscription to ${destination}, not begun`} data-testid="prepared" data-destination={destination}>
      <p>
        <b class="object-name">{destination}</b>{" "}
        <span class="muted">{ack}, from the link. It takes messages off the queue, so it waits for you.</span>
      </p>
      <div class="actions">
        <button type="button" class="primary" data-testid="begin" onClick={() => playground.begin(options)}>
          Subscribe<span class="visually-hidden"> to {destination}</span>
        </button>
        <button type="button" data-testid="dismiss-prepared" onClick={() => playground.dismiss(options)}>
          Dismiss<span class="visually-hidden"> {destination}</span>
        </button>
      </div>
    </section>
  );
}
