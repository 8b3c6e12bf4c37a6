// One user: its tags, what it may do and where, and why it may not.

import { useComputed } from "@preact/signals";
import type { UserEntry } from "../../live/access/lists.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Fact } from "../../parts/fact.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { Grants } from "../grants/grants.tsx";
import { askToDeleteUser } from "../users/removal.tsx";
import { UserConnections } from "./connections.tsx";
import { EditUser } from "./edit-user.tsx";
import { Explain } from "./explain.tsx";
import "../../style/access.css";
import "../../style/objects.css";
import "../../style/webhooks.css";

export function UserPage({ workspace, params }: PageProps) {
  const { users, vhosts } = workspace;
  useFeed(users);
  useFeed(vhosts);
  const name = params["name"] ?? "";
  const row = users.row(name);
  if (row) return <UserView workspace={workspace} row={row} />;
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{name}</span>} trail={<Trail workspace={workspace} />} />
      <Missing workspace={workspace} name={name} />
    </div>
  );
}

const TABS: readonly Tab[] = [
  { name: "permissions", label: "Permissions" },
  { name: "topics", label: "Topic permissions" },
  { name: "explain", label: "May it…?" },
  { name: "connections", label: "Connections" },
];

function UserView({ workspace, row }: { workspace: Workspace; row: UserEntry }) {
  const chosen = useComputed(() => TABS.find(({ name }) => name === queryValue("tab"))?.name ?? "permissions").value;
  const fixed = { user: row.name };
  return (
    <div class="page" data-stale={useStale(workspace.users)}>
      <PageHead title={<Title name={row.name} />} trail={<Trail workspace={workspace} />}>
        <button type="button" data-testid="edit-user" onClick={() => setQuery({ edit: "1" })}>
          <Icon name="edit" />
          Change
        </button>
        <button type="button" class="danger" data-testid="delete-user" onClick={() => void deleteAndLeave(workspace, row)}>
          <Icon name="trash" />
          Delete
        </button>
      </PageHead>
      <UserFacts row={row} />
      <Tabs label="More of this user" tabs={TABS} current={chosen} onChoose={(tab) => setQuery({ tab: tab === "permissions" ? null : tab })}>
        {chosen === "permissions" && <Grants key="permissions" workspace={workspace} kind="permissions" fixed={fixed} />}
        {chosen === "topics" && <Grants key="topics" workspace={workspace} kind="topic-permissions" fixed={fixed} />}
        {chosen === "explain" && <Explain workspace={workspace} row={row} />}
        {chosen === "connections" && <UserConnections workspace={workspace} user={row.name} />}
      </Tabs>
      {queryValue("edit") === "1" && <EditUser workspace={workspace} row={row} onClose={() => setQuery({ edit: null })} />}
    </div>
  );
}

function UserFacts({ row }: { row: UserEntry }) {
  const limits = Object.entries(row.limits ?? {});
  return (
    <dl class="health panel" data-testid="user-facts">
      <Fact name="Tags">{row.tags.join(", ") || <span class="muted">none: no dashboard</span>}</Fact>
      <Fact name="Password">{row.has_password === false ? "none: it signs in with tokens alone" : "set"}</Fact>
      {limits.length > 0 && <Fact name="Limits">{limits.map(([name, value]) => `${name} ${value}`).join(", ")}</Fact>}
    </dl>
  );
}

function Title({ name }: { name: string }) {
  return (
    <>
      <span class="visually-hidden">User </span>
      <span class="object-name">{name}</span>
    </>
  );
}

function Trail({ workspace }: { workspace: Workspace }) {
  return (
    <>
      <a href={href(["users"])}>Users</a>
      <PolledFreshness list={workspace.users} />
    </>
  );
}

function Missing({ workspace: { users }, name }: { workspace: Workspace; name: string }) {
  if (users.failure.value && !users.updated.value) return <FailureText failure={users.failure.value} testId="users-error" />;
  if (!users.updated.value) return <EmptyState title="Loading the user." testId="user-loading" />;
  return (
    <EmptyState title={`There is no user ${name} with a password.`} testId="user-gone">
      It was deleted, or comes with a token of your identity provider, which says what it may do. <a href={href(["users"])}>See all users</a>.
    </EmptyState>
  );
}

async function deleteAndLeave(workspace: Workspace, row: UserEntry): Promise<void> {
  if (await askToDeleteUser(workspace, row)) navigate(href(["users"]));
}
