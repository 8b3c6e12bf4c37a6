// One request that came to a hook: its headers, its body, and what was made of it.

import type { HookRequest } from "../../api/hooks.ts";
import { readBody } from "../../live/body.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Fact } from "../../parts/fact.tsx";
import { formatMoment, formatOctets } from "../../parts/format.ts";
import { HeadersList } from "../../parts/headers-list.tsx";
import { RequestOutcome } from "./requests.tsx";

export function RequestDialog({ request, onClose }: { request: HookRequest; onClose: () => void }) {
  const { event, reason, delivery } = request;
  const body = readBody(new TextEncoder().encode(request.body ?? ""));
  return (
    <Dialog title={`${request.method} from ${request.address}`} class="wide" testId="request-dialog" onClose={onClose}>
      <dl class="fact-list compact" data-testid="request-facts">
        <Fact name="Outcome">
          <RequestOutcome request={request} /> answered {request.status}
        </Fact>
        {reason && <Fact name="Reason">{reason}</Fact>}
        <Fact name="Came">
          {formatMoment(new Date(request.at))}, {formatOctets(request.octets)}
        </Fact>
        {delivery && (
          <Fact name="Delivery">
            <code class="object-name">{delivery}</code>
          </Fact>
        )}
        {event && (
          <Fact name="Event">
            <code class="object-name">{event.type}</code>{" "}
            <span class="muted">
              of {event.source}, id {event.id}
            </span>
          </Fact>
        )}
      </dl>
      <section class="stack exchange-part" aria-label="Headers">
        <h3>Headers</h3>
        <HeadersList headers={request.headers} label="Headers of the request" />
      </section>
      <section class="stack exchange-part" aria-label="Body">
        <h3>Body</h3>
        {body.kind === "empty" ? (
          <p class="muted">{request.outcome === "refused" ? "The body of a refused request is not kept." : "No body, or none that is text."}</p>
        ) : (
          <pre class="code" tabIndex={0} role="region" aria-label="Body of the request" data-testid="request-body">
            {body.text}
          </pre>
        )}
      </section>
      <div class="actions">
        <button type="button" class="primary" autofocus data-testid="request-close" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
