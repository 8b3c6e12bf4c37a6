// Publishing from the page of a queue, a stream or an exchange.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type Properties, type Publication, publishMessage } from "../../api/messages.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatTime } from "../../parts/format.ts";
import { href } from "../../route/route.ts";
import { readHeaders } from "../../live/header-lines.ts";

interface Props {
  workspace: Workspace;
  /** "" is the default exchange. */
  exchange: string;
  /** Fixed on the page of a queue; else there is a field for it. */
  routingKey?: string;
  /** What the routing key means for this exchange. */
  keyNote?: string;
  /** Where the playground would publish the same. */
  destination: string;
  /** Said when nobody got it. */
  nobody: string;
  /** Another way than the API. Resolves with what is said behind the time, or with null when nobody got it. */
  send?: (publication: Publication) => Promise<ComponentChildren>;
  /** Everything that arrives is kept, so that nothing has to be persistent. */
  keepsAll?: boolean;
}

export function PublishForm({ workspace, exchange, routingKey, keyNote, destination, nobody, send, keepsAll = false }: Props) {
  const { api, vhost } = workspace;
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const said = useSignal<ComponentChildren>("");

  async function publish(form: FormData): Promise<void> {
    const given = (field: string) => String(form.get(field) ?? "");
    busy.value = true;
    failure.value = null;
    said.value = "";
    try {
      const key = routingKey ?? given("key");
      const properties = propertiesOf(given, form.has("persistent"));
      const publication = { routingKey: key, payload: given("body"), properties };
      const reached = send ? await send(publication) : (await publishMessage(api, vhost, exchange, publication)) ? "." : null;
      said.value = <>Published at {formatTime(new Date())}{reached ?? `: ${nobody}`}</>;
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form
      class="stack narrow"
      data-testid="publish-form"
      onSubmit={(event) => {
        event.preventDefault();
        void publish(new FormData(event.currentTarget));
      }}
    >
      {routingKey === undefined && (
        <label class="field">
          <span>Routing key{keyNote && `, ${keyNote}`}</span>
          <input name="key" autocomplete="off" spellcheck={false} data-testid="publish-key" />
        </label>
      )}
      <label class="field">
        <span>Body</span>
        <textarea name="body" rows={6} spellcheck={false} data-testid="publish-body" />
      </label>
      <div class="pair">
        <label class="field">
          <span>Content type</span>
          <input name="type" defaultValue="application/json" autocomplete="off" spellcheck={false} data-testid="publish-type" />
        </label>
        {!keepsAll && (
          <label class="check">
            <input type="checkbox" name="persistent" defaultChecked />
            <span>persistent</span>
          </label>
        )}
      </div>
      <details>
        <summary>Headers</summary>
        <label class="field">
          <span>One name: value on each line</span>
          <textarea name="headers" rows={3} spellcheck={false} data-testid="publish-headers" />
        </label>
      </details>
      <div class="actions">
        <button type="submit" class="primary" data-testid="publish-submit" disabled={busy}>
          Publish
        </button>
        <p class="said" role="status" data-testid="publish-said">
          {said}
        </p>
      </div>
      {failure.value && <FailureText failure={failure.value} testId="publish-error" />}
      <p class="muted">
        {send ? "Many at once" : "Many at once, or over WebSocket"}: in the <a href={href(["playground"], { to: destination })}>playground</a>.
      </p>
    </form>
  );
}

function propertiesOf(given: (field: string) => string, persistent: boolean): Properties {
  const type = given("type").trim();
  return { ...(type && { content_type: type }), delivery_mode: persistent ? 2 : 1, headers: readHeaders(given("headers")) };
}
