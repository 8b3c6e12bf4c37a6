// Publishing over the API: from the page of a queue or of an exchange.

import { useSignal } from "@preact/signals";
import { type Properties, publishMessage } from "../../api/messages.ts";
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
}

export function PublishForm({ workspace, exchange, routingKey, keyNote, destination, nobody }: Props) {
  const { api, vhost } = workspace;
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const said = useSignal("");

  async function publish(form: FormData): Promise<void> {
    const given = (field: string) => String(form.get(field) ?? "");
    busy.value = true;
    failure.value = null;
    said.value = "";
    try {
      const key = routingKey ?? given("key");
      const properties = propertiesOf(given, form.has("persistent"));
      const routed = await publishMessage(api, vhost, exchange, { routingKey: key, payload: given("body"), properties });
      said.value = routed ? `Published at ${formatTime(new Date())}.` : `Published at ${formatTime(new Date())}: ${nobody}`;
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
        <label class="check">
          <input type="checkbox" name="persistent" defaultChecked />
          <span>persistent</span>
        </label>
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
        Many at once, or over WebSocket: in the <a href={href(["playground"], { to: destination })}>playground</a>.
      </p>
    </form>
  );
}

function propertiesOf(given: (field: string) => string, persistent: boolean): Properties {
  const type = given("type").trim();
  return { ...(type && { content_type: type }), delivery_mode: persistent ? 2 : 1, headers: readHeaders(given("headers")) };
}
