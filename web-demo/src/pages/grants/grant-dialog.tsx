// The form of a permission or topic permission, for a new one and for one that is changed.

import type { ComponentChildren } from "preact";
import { type Grant, type GrantKind, putGrant } from "../../api/permissions.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { InputField } from "../../parts/input-field.tsx";
import { KIND_FACTS, PATTERN_LABELS } from "./kinds.ts";

const TEST_ID = "grant";

interface Props {
  workspace: Workspace;
  kind: GrantKind;
  /** What is changed; null for a new one. */
  grant: Grant | null;
  /** What the page that it stands on is about. */
  fixed: { user: string } | { vhost: string };
  /** What may stand at the other end. */
  choices: readonly string[];
  onDone: () => Promise<void>;
  onClose: () => void;
}

export function GrantDialog({ workspace, kind, grant, fixed, choices, onDone, onClose }: Props) {
  const { plural, patterns, notes } = KIND_FACTS[kind];
  const topics = kind === "topic-permissions";
  return (
    <FormDialog
      title={<Title grant={grant} fixed={fixed} plural={plural} />}
      submit={grant ? "Save" : "Give"}
      testId={TEST_ID}
      class="middle"
      onClose={onClose}
      act={async (given) => {
        const ends = grant ?? endsOf(fixed, given("other").trim());
        const [configure, write, read] = [given("configure"), given("write"), given("read")];
        const exchange = grant?.exchange ?? given("exchange").trim();
        const written = { user: ends.user, vhost: ends.vhost, write, read, ...(topics ? { exchange } : { configure }) };
        await putGrant(workspace.api, kind, written);
        await onDone();
        toast(`${ends.user} has new ${plural} in ${ends.vhost}.`);
      }}
    >
      {!grant && <OtherEnd fixed={fixed} choices={choices} />}
      {!grant && topics && <InputField testId={TEST_ID} name="exchange" label="Topic exchange" required defaultValue="amq.topic" note="amq.topic is that of /topic/… destinations." />}
      <p class="muted">
        Each is a regular expression that has to match somewhere in the name: <code>.*</code> is everything, <code>^orders\.</code> what begins
        with “orders.”, and nothing at all is nothing.
      </p>
      {patterns.map((pattern) => (
        <InputField
          key={pattern}
          testId={TEST_ID}
          name={pattern}
          label={PATTERN_LABELS[pattern]}
          defaultValue={grant ? (grant[pattern] ?? "") : ".*"}
          note={notes[pattern]}
        />
      ))}
    </FormDialog>
  );
}

function Title({ grant, fixed, plural }: { grant: Grant | null; fixed: Props["fixed"]; plural: string }) {
  const name = (text: string): ComponentChildren => <span class="object-name">{text}</span>;
  if (grant) return <>Change the {plural} of {name(grant.user)} in {name(grant.vhost)}</>;
  return "user" in fixed ? <>New {plural} for {name(fixed.user)}</> : <>New {plural} in {name(fixed.vhost)}</>;
}

/** The vhost for a user, the user for a vhost: one of those that there are, which whoever came with a token may be none of. */
function OtherEnd({ fixed, choices }: Pick<Props, "fixed" | "choices">) {
  const ofUser = "user" in fixed;
  return (
    <>
      <InputField
        testId={TEST_ID}
        name="other"
        label={ofUser ? "Vhost" : "User"}
        required
        autofocus
        list="grant-others"
        defaultValue={ofUser && choices.length === 1 ? choices[0] : undefined}
      />
      <datalist id="grant-others">
        {choices.map((choice) => (
          <option key={choice} value={choice} />
        ))}
      </datalist>
    </>
  );
}

function endsOf(fixed: Props["fixed"], other: string): { user: string; vhost: string } {
  return "user" in fixed ? { user: fixed.user, vhost: other } : { user: other, vhost: fixed.vhost };
}
