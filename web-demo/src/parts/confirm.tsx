// Questions before something is lost: they name the object and what goes with it.

import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type Failure, failureOf } from "../live/failure.ts";
import { Dialog } from "./dialog.tsx";
import { FailureText } from "./failure-text.tsx";

export interface Question {
  /** "Delete queue orders?" */
  title: ComponentChildren;
  /** What is lost. */
  children: ComponentChildren;
  /** Names the act: "Delete the queue", never "OK". */
  confirm: string;
  /** Names what happens otherwise. Default "Cancel". */
  cancel?: string;
  /** To be typed before the act is possible: the name of an object that is not empty. */
  typed?: string;
  /** What is done. While it fails, the dialog stays and shows why. */
  act: () => Promise<void>;
}

interface Asked extends Question {
  settle: (done: boolean) => void;
}

const asked = signal<Asked | null>(null);

/** Asks, and acts if the answer is yes. Resolves with whether it was done. */
export function ask(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asked.peek()?.settle(false);
    asked.value = { ...question, settle: resolve };
  });
}

/** Takes the question back: who asked has gone elsewhere. */
export function takeBack(): void {
  asked.peek()?.settle(false);
  asked.value = null;
}

/** Where questions appear. There is one, in the shell. */
export function ConfirmHost() {
  const question = asked.value;
  return question && <Confirm key={question} question={question} />;
}

function Confirm({ question }: { question: Asked }) {
  const typed = useSignal("");
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const ready = question.typed === undefined || typed.value === question.typed;

  function close(done: boolean): void {
    if (asked.peek() === question) asked.value = null;
    question.settle(done);
  }

  async function act(): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      await question.act();
      close(true);
    } catch (error) {
      failure.value = failureOf(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title={question.title} testId="confirm-dialog" onClose={() => close(false)}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !busy.peek()) void act();
        }}
      >
        <div class="loss">{question.children}</div>
        {question.typed !== undefined && (
          <label class="field">
            <span>
              Type <b class="object-name">{question.typed}</b> to confirm
            </span>
            <input
              autofocus
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              data-testid="confirm-typed"
              value={typed}
              onInput={(event) => (typed.value = event.currentTarget.value)}
            />
          </label>
        )}
        {failure.value && <FailureText failure={failure.value} testId="confirm-error" />}
        <div class="actions">
          <button type="button" data-testid="confirm-cancel" onClick={() => close(false)}>
            {question.cancel ?? "Cancel"}
          </button>
          <button type="submit" class="danger" data-testid="confirm-act" disabled={!ready || busy.value}>
            {question.confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
