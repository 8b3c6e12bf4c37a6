import type { ReadonlySignal } from "@preact/signals";
import type { Link } from "../live/connection.ts";
import type { Session } from "../live/session.ts";
import type { Workspace } from "../live/workspace.ts";
import { formatTime } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { paletteOpen } from "./palette.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";
import { UserMenu } from "./user-menu.tsx";
import { VhostPicker } from "./vhost-picker.tsx";

export function Header({ session }: { session: Session }) {
  const phase = session.phase.value;
  const workspace = phase.kind === "open" ? phase.workspace : null;
  return (
    <header class="bar">
      <a class="brand" href="#/" aria-label="Wharf, overview">
        <Mark />
        <span>Wharf</span>
      </a>
      {workspace && <Where workspace={workspace} />}
      <LinkPill link={session.link} />
      <div class="bar-tools">
        {workspace && <PaletteButton />}
        <ThemeSwitch />
        {workspace && <UserMenu identity={workspace.identity} />}
      </div>
    </header>
  );
}

function Where({ workspace }: { workspace: Workspace }) {
  const version = workspace.overview.facts.value?.product_version;
  return (
    <dl class="where">
      <div>
        <dt>vhost</dt>
        <dd>
          <VhostPicker workspace={workspace} />
        </dd>
      </div>
      <div class="version">
        <dt>version</dt>
        <dd data-testid="version">{version}</dd>
      </div>
    </dl>
  );
}

function PaletteButton() {
  return (
    <button
      type="button"
      class="find"
      data-testid="open-palette"
      aria-keyshortcuts="Control+K Meta+K"
      onClick={() => (paletteOpen.value = true)}
    >
      <Icon name="search" />
      <span class="find-text">Go to…</span>
      <span class="visually-hidden">a page, queue, exchange or action</span>
      <kbd aria-hidden="true">Ctrl K</kbd>
    </button>
  );
}

const LABELS: Record<Link["kind"], string> = {
  connecting: "connecting",
  live: "live",
  stale: "no data",
  reconnecting: "reconnecting",
  "sign-in": "sign-in needed",
  barred: "no dashboard",
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
