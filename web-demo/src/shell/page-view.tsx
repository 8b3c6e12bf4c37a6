import { useComputed } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Workspace } from "../live/workspace.ts";
import { EmptyState } from "../parts/empty-state.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { route, routePath } from "../route/route.ts";
import { findPage } from "./pages.ts";
import { mayOpen, sectionOf } from "./sections.ts";

/** The page that the address names, made anew when the path changes; a changed query is the page's own business. */
export function PageView({ workspace }: { workspace: Workspace }) {
  const path = routePath.value;
  const match = findPage(route.peek().path);
  const title = useComputed(() => {
    void routePath.value;
    const found = findPage(route.peek().path);
    return found?.page.title(found.params, workspace) ?? "Not found";
  }).value;
  useEffect(() => {
    document.title = `${title} · Wharf`;
  }, [title]);
  useFocusOnArrival(path);
  if (!match) return <NotFound />;
  if (!mayOpen(sectionOf(route.peek().path), workspace.identity.rights)) return <Closed name={workspace.identity.name} />;
  const { Component } = match.page;
  return <Component key={path} workspace={workspace} params={match.params} />;
}

/** The heading takes the focus, so that a screen reader says where it is and Tab goes on from there. */
function useFocusOnArrival(path: string): void {
  const arrived = useRef(false);
  // Together with the heading's appearance: later, it would take the focus from where a quick hand put it meanwhile.
  useLayoutEffect(() => {
    if (arrived.current) {
      document.getElementById("content")?.scrollTo(0, 0);
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
    }
    arrived.current = true;
  }, [path]);
}

function NotFound() {
  return (
    <div class="page">
      <PageHead title="Not found" />
      <EmptyState title="There is no such page" testId="not-found">
        The address may be mistyped, or from another version of the gateway. <a href="#/">Go to the overview</a>.
      </EmptyState>
    </div>
  );
}

/** An address that somebody else sent. */
function Closed({ name }: { name: string }) {
  return (
    <div class="page">
      <PageHead title="Not for this user" />
      <EmptyState title={`${name} may not see this page.`} testId="page-closed">
        An administrator may. <a href="#/">Go to the overview</a>.
      </EmptyState>
    </div>
  );
}
