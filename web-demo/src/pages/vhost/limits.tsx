// How much there may be in a vhost.

import { useSignal } from "@preact/signals";
import { setVhostLimit, type VhostRow } from "../../api/vhosts.ts";
import { changedLimits, limitOf, LIMITS } from "../../live/access/limits.ts";
import { type Failure, failureOfForm } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { InputField } from "../../parts/input-field.tsx";

const TEST_ID = "limit";

export function VhostLimits({ workspace, row }: { workspace: Workspace; row: VhostRow }) {
  const { api, vhosts } = workspace;
  const present = row.limits ?? {};
  const fields = fieldsFor(present);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);

  async function save(form: FormData): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      const changes = changedLimits(present, fields.map(({ name }) => name), (name) => String(form.get(name) ?? ""));
      for (const { name, value } of changes) await setVhostLimit(api, row.name, name, value);
      await vhosts.refresh();
      toast(changes.length === 0 ? "The limits are as they were." : `Changed the limits of ${row.name}.`);
    } catch (error) {
      failure.value = failureOfForm(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form
      class="stack narrow"
      data-testid="vhost-limits"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy.peek()) void save(new FormData(event.currentTarget));
      }}
    >
      <p class="muted">Nothing in a field is no limit. What is there already stays, even beyond a new limit; only more is refused.</p>
      <div class="argument-grid">
        {fields.map(({ name, label, note }) => (
          <InputField
            key={name}
            testId={TEST_ID}
            name={name}
            type="number"
            min={0}
            step={1}
            label={label}
            placeholder="no limit"
            note={note}
            defaultValue={limitOf(present, name)?.toString() ?? ""}
          />
        ))}
      </div>
      {failure.value && <FailureText failure={failure.value} testId="limit-error" />}
      <div class="actions">
        <button type="submit" class="primary" data-testid="limit-submit" disabled={busy}>
          Set the limits
        </button>
      </div>
    </form>
  );
}

function fieldsFor(present: Readonly<Record<string, number>>): readonly { name: string; label: string; note?: string }[] {
  const others = Object.keys(present).filter((name) => !LIMITS.some((known) => known.name === name));
  return [...LIMITS, ...others.map((name) => ({ name, label: name }))];
}
