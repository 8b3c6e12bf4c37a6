// The page: its header, and below it what the phase of the session calls for.

import { useComputed } from "@preact/signals";
import type { Phase, Session } from "../live/session.ts";
import { FailureText } from "./failure-text.tsx";
import { Header } from "./header.tsx";
import { SignIn } from "./sign-in.tsx";
import { WorkspaceView } from "./workspace-view.tsx";

export function Page({ session }: { session: Session }) {
  // One attribute marks all numbers at once; the style sheet dims them.
  const stale = useComputed(() => (session.link.value.kind === "live" ? undefined : "true"));
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Header session={session} />
      <main id="content" tabIndex={-1} data-stale={stale}>
        <Content session={session} phase={session.phase.value} />
      </main>
    </>
  );
}

function Content({ session, phase }: { session: Session; phase: Phase }) {
  switch (phase.kind) {
    case "open":
      return <WorkspaceView workspace={phase.workspace} link={session.link} />;
    case "sign-in":
      return <SignIn session={session} notice={phase.notice} />;
    case "starting":
      return <Starting unreachable={phase.unreachableSince !== null} />;
    case "closed":
      return (
        <section class="panel narrow">
          <h2>The connection is closed</h2>
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
      <h2>{unreachable ? "The gateway does not answer" : "Connecting"}</h2>
      <p class="muted">
        {unreachable ? "Trying again every two seconds." : "Opening a connection to the gateway."}
      </p>
    </section>
  );
}
