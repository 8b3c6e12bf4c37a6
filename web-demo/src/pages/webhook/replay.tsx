// Sending again what was sent, or failed to be.

import { useSignal } from "@preact/signals";
import { OUTCOMES, type ReplayRequest, replayAttempts, type WebhookRow } from "../../api/webhooks.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import { parseRange, rangeQuery } from "../../live/webhooks/time-range.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { ChoiceField, InputField } from "../../parts/input-field.tsx";
import { TimeRangeField } from "../../parts/time-range-field.tsx";

/** What the dialog begins with. */
export interface ReplayStart {
  /** This one alone. */
  message?: string;
}

interface Props {
  workspace: Workspace;
  row: WebhookRow;
  start: ReplayStart;
  onClose: () => void;
}

const TEST_ID = "replay";
const WHICH = [
  { value: "dead", label: "dead: those that were given up" },
  { value: "failed", label: "failed" },
  { value: "delivered", label: "delivered" },
  { value: "", label: "all" },
];

export function ReplayDialog({ workspace, row, start, onClose }: Props) {
  const one = useSignal(start.message !== undefined);
  const range = useSignal("24h");
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);

  function requestOf(form: FormData): ReplayRequest {
    const given = (name: string) => String(form.get(name) ?? "").trim();
    if (one.peek()) return { outcome: null, message: given("message") };
    const event = given("event");
    return {
      outcome: OUTCOMES.find((outcome) => outcome === given("outcome")) ?? null,
      ...rangeQuery(parseRange(range.peek(), Date.now()) ?? { since: null, until: null }),
      ...(event !== "" && { event }),
    };
  }

  async function replay(form: FormData): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      const count = await replayAttempts(workspace.api, row.id, requestOf(form));
      toast(count === 0 ? "Nothing was like this: no message is sent again." : `${formatCount(count)} ${count === 1 ? "message is" : "messages are"} sent again.`);
      void workspace.webhooks.refresh();
      onClose();
    } catch (error) {
      failure.value = failureOf(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title="Send messages again" class="middle" testId="replay-dialog" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy.peek()) void replay(new FormData(event.currentTarget));
        }}
      >
        <fieldset class="choices">
          <legend>Which</legend>
          <Which label="by time and outcome" checked={!one.value} value="many" onChoose={() => (one.value = false)} />
          <Which label="one message" checked={one.value} value="one" onChoose={() => (one.value = true)} />
        </fieldset>
        {one.value ? (
          <InputField
            testId={TEST_ID}
            name="message"
            label="Message"
            required
            pattern="msg_[0-9A-Za-z]+"
            title="msg_ and its number"
            defaultValue={start.message}
            note="Its id, as the attempts show it: msg_…"
          />
        ) : (
          <>
            <div class="range-fields">
              <TimeRangeField label="When" testId={TEST_ID} value={range.value} onChange={(text) => (range.value = text)} />
            </div>
            <ChoiceField testId={TEST_ID} name="outcome" label="Outcome" value="dead" choices={WHICH} />
            <InputField testId={TEST_ID} name="event" label="Event, if not all" placeholder="id, type, source or subject" />
          </>
        )}
        <p class="muted">
          Each keeps its webhook-id, so that a receiver that remembers those does nothing twice. They are counted as replayed, and keep to the
          webhook's rate.
        </p>
        {failure.value && <FailureText failure={failure.value} testId="replay-error" />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="replay-submit" disabled={busy}>
            Send again
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Which({ label, checked, value, onChoose }: { label: string; checked: boolean; value: string; onChoose: () => void }) {
  return (
    <label class="check">
      <input type="radio" name="which" value={value} checked={checked} data-testid={`replay-${value}`} onChange={onChoose} />
      <span>{label}</span>
    </label>
  );
}
