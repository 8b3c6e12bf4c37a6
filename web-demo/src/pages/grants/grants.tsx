// The permissions of a user, or in a vhost: a row for each, with ways to give, change and take them.

import { useSignal } from "@preact/signals";
import { type Grant, type GrantKind, fetchGrants, fetchGrantsOfUser } from "../../api/permissions.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";
import { GrantDialog } from "./grant-dialog.tsx";
import { exchangeText, KIND_FACTS, keyOf, PATTERN_LABELS } from "./kinds.ts";
import { RevokeButton } from "./revoke.tsx";

interface Props {
  workspace: Workspace;
  kind: GrantKind;
  /** Whose, or where. */
  fixed: { user: string } | { vhost: string };
}

export function Grants({ workspace, kind, fixed }: Props) {
  const { api, users, vhosts } = workspace;
  const opened = useSignal<{ grant: Grant | null } | null>(null);
  const ofUser = "user" in fixed;
  const grants = useRemote(
    () => (ofUser ? fetchGrantsOfUser(api, kind, fixed.user) : inVhost(fetchGrants(api, kind), fixed.vhost)),
    () => [ofUser ? vhosts.names.value : users.names.value],
  );
  const { plural, without } = KIND_FACTS[kind];
  const rows = grants.value.value;
  const reload = async (): Promise<void> => {
    await Promise.all([grants.reload(), users.refresh(), workspace.identity.refresh().catch(() => undefined)]); // only the picker is behind then
  };
  return (
    <div class="stack">
      <div class="part-head">
        <p class="muted">{without}</p>
        <button type="button" data-testid={`give-${kind}`} onClick={() => (opened.value = { grant: null })}>
          <Icon name="plus" />
          <span>
            Give<span class="visually-hidden"> {plural}</span>
          </span>
        </button>
      </div>
      {grants.failure.value && <FailureText failure={grants.failure.value} testId={`${kind}-error`} />}
      {!rows && !grants.failure.value && <EmptyState title={`Loading the ${plural}.`} />}
      {rows?.length === 0 && <EmptyState title={`No ${plural}.`} testId={`${kind}-empty`} />}
      {rows && rows.length > 0 && (
        <GrantTable workspace={workspace} kind={kind} ofUser={ofUser} rows={rows} onChange={(grant) => (opened.value = { grant })} onRevoked={reload} />
      )}
      {opened.value && (
        <GrantDialog
          workspace={workspace}
          kind={kind}
          grant={opened.value.grant}
          fixed={fixed}
          choices={ofUser ? vhosts.names.value : users.names.value}
          onDone={reload}
          onClose={() => (opened.value = null)}
        />
      )}
    </div>
  );
}

async function inVhost(grants: Promise<Grant[]>, vhost: string): Promise<Grant[]> {
  return (await grants).filter((grant) => grant.vhost === vhost);
}

interface TableProps {
  workspace: Workspace;
  kind: GrantKind;
  ofUser: boolean;
  rows: readonly Grant[];
  onChange: (grant: Grant) => void;
  onRevoked: () => Promise<void>;
}

function GrantTable({ workspace, kind, ofUser, rows, onChange, onRevoked }: TableProps) {
  const { patterns, plural } = KIND_FACTS[kind];
  const topics = kind === "topic-permissions";
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={plural}>
      <table class="object-table grant-table" data-testid={kind}>
        <thead>
          <tr>
            <th scope="col">{ofUser ? "Vhost" : "User"}</th>
            {topics && <th scope="col">Exchange</th>}
            {patterns.map((pattern) => (
              <th key={pattern} scope="col">
                {PATTERN_LABELS[pattern]}
              </th>
            ))}
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-testid={`${kind}-row`} data-name={ofUser ? row.vhost : row.user}>
              <th scope="row">
                <a class="object-name" href={ofUser ? href(["vhosts", row.vhost]) : href(["users", row.user])}>
                  {ofUser ? row.vhost : row.user}
                </a>
              </th>
              {topics && <td class="object-name">{exchangeText(row.exchange ?? "")}</td>}
              {patterns.map((pattern) => (
                <td key={pattern} data-field={pattern}>
                  <PatternText text={row[pattern] ?? ""} />
                </td>
              ))}
              <td class="row-actions">
                <button
                  type="button"
                  class="plain icon-only"
                  data-testid="change-grant"
                  aria-label={`Change the ${plural} of ${row.user} in ${row.vhost}`}
                  title="Change"
                  onClick={() => onChange(row)}
                >
                  <Icon name="edit" />
                </button>
                <RevokeButton workspace={workspace} kind={kind} grant={row} onChange={onRevoked} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PatternText({ text }: { text: string }) {
  if (text === "" || text === "^$") return <span class="muted">nothing</span>;
  return <code class="object-name">{text}</code>;
}
