// Adding a binding: the page that it stands on knows one end, its first field names the other.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type Binding, bind } from "../../api/bindings.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import type { Remote } from "../../parts/use-remote.ts";
import { readArguments } from "./arguments.ts";

interface Props {
  workspace: Workspace;
  bindings: Remote<Binding[]>;
  /** The exchange is one that looks at headers, and not at the key. */
  byHeaders: boolean;
  /** Both ends, as the form has them. */
  endsOf: (given: (field: string) => string) => Pick<Binding, "source" | "destination">;
  /** The field of the other end. */
  children: ComponentChildren;
}

export function AddBinding({ workspace, bindings, byHeaders, endsOf, children }: Props) {
  const { api, vhost } = workspace;
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);

  async function add(form: HTMLFormElement): Promise<void> {
    const given = (field: string) => String(new FormData(form).get(field) ?? "");
    busy.value = true;
    failure.value = null;
    try {
      await bind(api, vhost, { ...endsOf(given), routing_key: given("key"), arguments: readArguments(given("headers")) });
      for (const field of form.querySelectorAll<HTMLInputElement>("input, textarea")) field.value = "";
      await bindings.reload();
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form
      class="inline-form"
      data-testid="add-binding"
      onSubmit={(event) => {
        event.preventDefault();
        void add(event.currentTarget);
      }}
    >
      {children}
      {byHeaders ? (
        <label class="field grow">
          <span>Headers to match, one name=value on each line</span>
          <textarea name="headers" rows={2} spellcheck={false} placeholder={"x-match=all\nkind=order"} data-testid="binding-headers" />
        </label>
      ) : (
        <label class="field grow">
          <span>Binding key</span>
          <input name="key" autocomplete="off" spellcheck={false} placeholder="orders.*" data-testid="binding-key" />
        </label>
      )}
      <button type="submit" class="primary" data-testid="binding-submit" disabled={busy}>
        Bind
      </button>
      {failure.value && <FailureText failure={failure.value} testId="binding-error" />}
    </form>
  );
}
