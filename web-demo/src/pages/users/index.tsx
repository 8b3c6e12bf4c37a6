// All users: their tags, and where they may do something.

import type { UserEntry } from "../../live/access/lists.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { useListView } from "../../parts/use-list-view.ts";
import { type Column, VirtualTable } from "../../parts/virtual-table.tsx";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { CreateUser } from "./create-user.tsx";
import { askToDeleteUser, DeleteUserButton } from "./removal.tsx";
import "../../style/access.css";
import "../../style/webhooks.css";

const ORDERS: Record<string, (row: UserEntry) => number | string> = {
  tags: tagsText,
  vhosts: vhostsText,
};

const COLUMNS: readonly Column<UserEntry>[] = [
  { key: "tags", label: "Tags", kind: "text", width: "35%", cell: (row) => <Listed text={tagsText(row)} otherwise="none: no dashboard" /> },
  { key: "vhosts", label: "Permissions in", kind: "text", width: "30%", hide: "narrow", cell: (row) => <Listed text={vhostsText(row)} otherwise="no vhost" /> },
];

function tagsText({ tags }: UserEntry): string {
  return tags.join(", ");
}

function vhostsText({ vhosts }: UserEntry): string {
  return vhosts.join(", ");
}

function Listed({ text, otherwise }: { text: string; otherwise: string }) {
  return text === "" ? <span class="muted">{otherwise}</span> : <span title={text}>{text}</span>;
}

export function UsersPage({ workspace }: PageProps) {
  const { users } = workspace;
  useFeed(users);
  const view = useListView(users, { columns: ORDERS, textOf: (row) => [row.name, ...row.tags, ...row.vhosts].join(" ") });
  const shown = view.shown.value.length;
  const all = users.names.value.length;
  return (
    <div class="page fill" data-stale={useStale(users)}>
      <PageHead title="Users">
        <button type="button" class="primary" data-testid="create-user" onClick={() => setQuery({ create: "1" })}>
          <Icon name="plus" />
          <span>
            New<span class="visually-hidden"> user</span>
          </span>
        </button>
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search by name, tag or vhost" value={view.filter} testId="user-filter" />
        <PolledFreshness list={users} />
        <p class="count muted" data-testid="user-count">
          {users.updated.value && `${shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`} ${all === 1 ? "user" : "users"}`}
        </p>
      </div>
      {users.failure.value && !users.updated.value && <FailureText failure={users.failure.value} testId="users-error" />}
      <VirtualTable
        label="Users"
        feed={users}
        view={view}
        columns={COLUMNS}
        testId="user"
        href={(row) => href(["users", row.name])}
        tags={(row) => row.name === workspace.identity.name && <span class="tag">you</span>}
        actions={(row) => <DeleteUserButton workspace={workspace} row={row} />}
        actionsWidth="3rem"
        onDelete={(row) => void askToDeleteUser(workspace, row)}
        empty={<Empty workspace={workspace} />}
      />
      {queryValue("create") !== "" && (
        <CreateUser
          workspace={workspace}
          onClose={() => setQuery({ create: null })}
          onDone={(name) => navigate(href(["users", name]), { replace: true })}
        />
      )}
    </div>
  );
}

/** There is at least the one who looks, unless it came with a token. */
function Empty({ workspace: { users } }: { workspace: Workspace }) {
  if (!users.updated.value) {
    const failed = users.failure.value !== null;
    return <EmptyState title={failed ? "The users could not be read." : "Loading the users."} testId="users-empty" />;
  }
  if (users.names.value.length > 0) {
    return (
      <EmptyState title="No user is like this." testId="users-empty">
        Search for another part of a name, tag or vhost.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No users with passwords." testId="users-empty">
      Whoever has a token of your identity provider needs none here. Create one for those who have not.
    </EmptyState>
  );
}
