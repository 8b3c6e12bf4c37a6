// "May this user ...?": what the gateway would say, and why.

import { useSignal } from "@preact/signals";
import { type Doubt, explain, type Explanation, type Operation, OPERATIONS } from "../../api/permissions.ts";
import type { UserEntry } from "../../live/access/lists.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { ChoiceField, InputField } from "../../parts/input-field.tsx";
import { Sign } from "../../parts/sign.tsx";

const TEST_ID = "explain";

const CHOICES = [
  { value: "configure", label: "declare or delete" },
  { value: "write", label: "publish to, or bind" },
  { value: "read", label: "consume from, or bind to" },
] satisfies { value: Operation; label: string }[];

interface Answer extends Explanation {
  doubt: Doubt;
}

export function Explain({ workspace, row }: { workspace: Workspace; row: UserEntry }) {
  const { api, vhost } = workspace;
  const answer = useSignal<Answer | null>(null);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);

  async function inquire(form: FormData): Promise<void> {
    const given = (field: string) => String(form.get(field) ?? "").trim();
    const operation = OPERATIONS.find((one) => one === given("operation")) ?? "read";
    const doubt = { user: row.name, vhost: given("vhost"), operation, name: given("name"), routing_key: given("key") };
    busy.value = true;
    failure.value = null;
    try {
      answer.value = { doubt, ...(await explain(api, doubt)) };
    } catch (error) {
      answer.value = null;
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <div class="stack">
      <form
        class="inline-form"
        data-testid="explain-form"
        onSubmit={(event) => {
          event.preventDefault();
          void inquire(new FormData(event.currentTarget));
        }}
      >
        <ChoiceField testId={TEST_ID} name="operation" label={`May ${row.name}…`} choices={CHOICES} value="write" />
        <div class="grow">
          <InputField testId={TEST_ID} name="name" label="Queue, stream or exchange" required placeholder="amq.topic" />
        </div>
        <div class="grow">
          <InputField testId={TEST_ID} name="key" label="Routing key, of a topic exchange" placeholder="orders.new" />
        </div>
        <ChoiceField testId={TEST_ID} name="vhost" label="in vhost" choices={vhostChoices(workspace)} value={row.vhosts.includes(vhost) ? vhost : (row.vhosts[0] ?? vhost)} />
        <button type="submit" class="primary" data-testid="explain-submit" disabled={busy}>
          Ask
        </button>
      </form>
      <div class="answer" role="status">
        {answer.value && <AnswerText answer={answer.value} />}
      </div>
      {failure.value && <FailureText failure={failure.value} testId="explain-error" />}
    </div>
  );
}

function vhostChoices({ vhosts, vhost }: Workspace) {
  const names = vhosts.names.value.length > 0 ? vhosts.names.value : [vhost];
  return names.map((name) => ({ value: name, label: name }));
}

function AnswerText({ answer: { allowed, reason, doubt } }: { answer: Answer }) {
  const key = doubt.routing_key && ` with ${doubt.routing_key}`;
  return (
    <p data-testid="explanation" data-allowed={String(allowed)}>
      <Sign level={allowed ? "good" : "bad"} icon={allowed ? "check" : "off"}>
        {allowed ? "Yes" : "No"}
      </Sign>{" "}
      {reason || (allowed ? "It is allowed." : "It is not allowed.")}{" "}
      <span class="muted">
        ({doubt.operation} <span class="object-name">{doubt.name}</span>
        {key} in {doubt.vhost})
      </span>
    </p>
  );
}
