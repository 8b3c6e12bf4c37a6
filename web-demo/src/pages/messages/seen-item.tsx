// A message that was looked at and stayed where it is.

import type { ComponentChildren } from "preact";
import type { Seen } from "../../api/messages.ts";
import { readBody } from "../../live/body.ts";
import { factsOf, octetsOf } from "../../live/seen.ts";
import { formatMoment, formatOctets } from "../../parts/format.ts";

interface Props {
  message: Seen;
  /** Its place: a number, or a link to it. */
  place: ComponentChildren;
  /** How it is called for those who do not see the place beside it: "message 3". */
  name: string;
  /** Milliseconds since 1970; undefined if nobody knows. */
  time: number | undefined;
  /** Octets of a body that were asked for. */
  shownOctets: number;
  /** More of it, behind the place. */
  children?: ComponentChildren;
}

export function SeenItem({ message, place, name, time, shownOctets, children }: Props) {
  const body = readBody(octetsOf(message));
  const cut = message.payload_bytes > shownOctets;
  return (
    <li class="seen" data-testid="message">
      <p class="seen-head">
        <b class="numbers">{place}</b>
        {time !== undefined && (
          <time class="muted" dateTime={new Date(time).toISOString()}>
            {formatMoment(new Date(time))}
          </time>
        )}
        {children}
        <span class="muted">
          {formatOctets(message.payload_bytes)} {message.properties.content_type ?? body.kind}
        </span>
        {message.redelivered && <span class="tag">redelivered</span>}
        {message.properties.delivery_mode === 2 && <span class="tag">persistent</span>}
      </p>
      {body.kind === "empty" ? (
        <p class="muted">No body.</p>
      ) : (
        <pre tabIndex={0} aria-label={`Body of ${name}`} data-testid="message-body">
          {body.text}
        </pre>
      )}
      {(cut || body.rest) && <p class="muted">{cut ? `Cut: the body has ${formatOctets(message.payload_bytes)}.` : body.rest}</p>}
      <details>
        <summary>
          Headers and route<span class="visually-hidden"> of {name}</span>
        </summary>
        <dl class="fact-list">{factsOf(message).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}</dl>
      </details>
    </li>
  );
}
