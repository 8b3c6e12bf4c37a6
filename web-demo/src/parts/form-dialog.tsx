// A dialog that is a form: it says what is wrong with it, and closes when what it says is done.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type Failure, failureOfForm } from "../live/failure.ts";
import { Dialog } from "./dialog.tsx";
import { FailureText } from "./failure-text.tsx";

interface Props {
  title: ComponentChildren;
  /** Names the act: "Create", never "OK". */
  submit: string;
  /** Prefix of the test ids. */
  testId: string;
  class?: string;
  /** What is done with the fields. While it fails, the dialog stays and shows why. */
  act: (given: (field: string) => string, form: FormData) => Promise<void>;
  onClose: () => void;
  /** The fields. */
  children: ComponentChildren;
}

export function FormDialog({ title, submit, testId, class: className, act, onClose, children }: Props) {
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);

  async function send(form: FormData): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      await act((field) => String(form.get(field) ?? ""), form);
      onClose();
    } catch (error) {
      failure.value = failureOfForm(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title={title} testId={`${testId}-dialog`} onClose={onClose} {...(className && { class: className })}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy.peek()) void send(new FormData(event.currentTarget));
        }}
      >
        {children}
        {failure.value && <FailureText failure={failure.value} testId={`${testId}-error`} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid={`${testId}-submit`} disabled={busy}>
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
