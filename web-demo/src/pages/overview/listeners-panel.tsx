import type { Listener } from "../../api/overview.ts";
import type { Workspace } from "../../live/workspace.ts";

/** What each protocol is for; others are shown by their name. */
const USES: Record<string, string> = {
  http: "This page, the API, STOMP over WebSocket at /ws",
  https: "This page, the API, STOMP over WebSocket at /ws",
  stomp: "STOMP over TCP",
  stomps: "STOMP over TLS",
};

export function ListenersPanel({ workspace }: { workspace: Workspace }) {
  const listeners = workspace.overview.facts.value?.listeners;
  return (
    <section class="panel listeners" aria-labelledby="listeners-title" data-testid="listeners">
      <div class="panel-head">
        <h2 id="listeners-title">Listeners</h2>
      </div>
      {listeners ? (
        <dl>
          {listeners.map((listener) => (
            <div key={addressOf(listener)}>
              <dt>
                <span class="tag">{listener.protocol}</span> <span class="object-name">{addressOf(listener)}</span>
              </dt>
              <dd class="muted">{USES[listener.protocol]}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="muted">This gateway does not say where it listens.</p>
      )}
    </section>
  );
}

function addressOf({ ip_address: address, port }: Listener): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
