// The shell around every page: header, navigation, and what may open above them.

import { useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Phase, Session } from "../live/session.ts";
import type { Workspace } from "../live/workspace.ts";
import { ConfirmHost, takeBack } from "../parts/confirm.tsx";
import { FailureText } from "../parts/failure-text.tsx";
import { Toasts } from "../parts/toasts.tsx";
import { routePath } from "../route/route.ts";
import { Barred } from "./barred.tsx";
import { Header } from "./header.tsx";
import { PageView } from "./page-view.tsx";
import { Palette } from "./palette.tsx";
import { Rail } from "./rail.tsx";
import { sectionsFor } from "./sections.ts";
import { useShortcuts } from "./shortcuts.ts";
import { ShortcutsHelp } from "./shortcuts-help.tsx";
import { SignIn } from "./sign-in.tsx";

export function App({ session }: { session: Session }) {
  const phase = session.phase.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        Skip to the content
      </button>
      <Header session={session} />
      {phase.kind === "open" ? (
        <Signed key={phase.workspace} session={session} workspace={phase.workspace} />
      ) : (
        <main id="content" class="lobby" tabIndex={-1}>
          <Lobby session={session} phase={phase} />
        </main>
      )}
      <Toasts />
    </>
  );
}

function Signed({ session, workspace }: { session: Session; workspace: Workspace }) {
  // One attribute marks all numbers at once; the style sheet dims them.
  const stale = useComputed(() => (workspace.link.value.kind === "live" ? undefined : "true"));
  const sections = useMemo(() => sectionsFor(workspace.identity.rights), [workspace]);
  useShortcuts(sections);
  const path = routePath.value;
  useEffect(() => takeBack, [path]); // a question belongs to its page, and to who is signed in
  return (
    <div class="shell">
      <Rail workspace={workspace} />
      <main id="content" tabIndex={-1} data-stale={stale}>
        <PageView workspace={workspace} />
      </main>
      <Palette session={session} workspace={workspace} />
      <ShortcutsHelp sections={sections} />
      <ConfirmHost />
    </div>
  );
}

function Lobby({ session, phase }: { session: Session; phase: Exclude<Phase, { kind: "open" }> }) {
  switch (phase.kind) {
    case "sign-in":
      return <SignIn session={session} notice={phase.notice} />;
    case "barred":
      return <Barred name={phase.name} lack={phase.lack} signOut={() => session.signOut()} />;
    case "starting":
      return <Starting unreachable={phase.unreachableSince !== null} />;
    case "closed":
      return (
        <section class="panel narrow">
          <h1>The connection is closed</h1>
          {phase.failure ? (
            <FailureText failure={phase.failure} />
          ) : (
            <p>The gateway ended the connection without giving a reason.</p>
          )}
          <button type="button" class="primary" onClick={() => location.reload()}>
            Load the page again
          </button>
        </section>
      );
  }
}

function Starting({ unreachable }: { unreachable: boolean }) {
  return (
    <section class="panel narrow">
      <h1>{unreachable ? "The gateway does not answer" : "Connecting"}</h1>
      <p class="muted">
        {unreachable ? "Trying again every two seconds." : "Opening a connection to the gateway."}
      </p>
    </section>
  );
}
