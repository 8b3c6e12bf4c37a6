import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fetchOverview } from "../api/overview.ts";
import type { Link } from "../live/connection.ts";
import type { Session, Workspace } from "../live/session.ts";
import { formatTime } from "./format.ts";

export function Header({ session }: { session: Session }) {
  const phase = session.phase.value;
  return (
    <header class="bar">
      <h1 class="brand">
        <Mark />
        Wharf
      </h1>
      {phase.kind === "open" && <Where key={phase.workspace} workspace={phase.workspace} />}
      <LinkPill link={session.link} />
      {phase.kind === "open" && (
        <p class="account">
          <span class="muted">{phase.workspace.account.user}</span>
          <button type="button" class="plain" data-testid="sign-out" onClick={() => session.signOut()}>
            Sign out
          </button>
        </p>
      )}
    </header>
  );
}

function Where({ workspace }: { workspace: Workspace }) {
  const version = useSignal("");
  useEffect(() => {
    fetchOverview(workspace.api).then(
      (overview) => (version.value = overview.product_version ?? ""),
      () => (version.value = ""), // the table reports an API that does not answer; the version can be missing
    );
  }, [workspace]);
  return (
    <dl class="where">
      <div>
        <dt>vhost</dt>
        <dd data-testid="vhost">{workspace.account.vhost}</dd>
      </div>
      <div>
        <dt>version</dt>
        <dd data-testid="version">{version}</dd>
      </div>
    </dl>
  );
}

const LABELS: Record<Link["kind"], string> = {
  connecting: "connecting",
  live: "live",
  stale: "no data",
  reconnecting: "reconnecting",
  "sign-in": "sign-in needed",
  closed: "closed",
};

function LinkPill({ link }: { link: ReadonlySignal<Link> }) {
  const { kind } = link.value;
  const since = "since" in link.value ? link.value.since : null;
  return (
    <p class="pill" data-kind={kind} data-testid="state" role="status">
      {LABELS[kind]}
      {since && ` since ${formatTime(since)}`}
    </p>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path class="deck" d="M2 6.5h20M6.5 6.5v8M12 6.5v8M17.5 6.5v8" />
      <path class="water" d="M2 19.5c1.7-1.8 3.3-1.8 5 0s3.3 1.8 5 0 3.3-1.8 5 0 3.3 1.8 5 0" />
    </svg>
  );
}
