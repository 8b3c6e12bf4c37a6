// Publishing and receiving by hand, in the protocols that the gateway speaks. The address carries the set-up.

import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ConnectionState } from "/client/index.js";
import { MAX_LINKED_BODY } from "../../live/playground/set-up.ts";
import type { Playground } from "../../live/playground/playground.ts";
import { toast } from "../../live/toast.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { route, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { InboxCard } from "./inbox-card.tsx";
import { PreparedCard } from "./prepared-card.tsx";
import { PublishPanel } from "./publish-panel.tsx";
import { ReceivePanel } from "./receive-panel.tsx";
import "../../style/playground.css";

export function PlaygroundPage({ workspace }: PageProps) {
  const { playground } = workspace;
  useAddress(playground);
  const { inboxes, state } = playground.workbench;
  return (
    <div class="page">
      <PageHead title="Playground">
        <button type="button" data-testid="copy-link" onClick={() => void copyLink(playground)}>
          Copy link
        </button>
      </PageHead>
      {state.value === "connected" || <Interrupted state={state.value} />}
      <div class="playground-forms">
        <PublishPanel workspace={workspace} />
        <ReceivePanel workspace={workspace} />
      </div>
      {playground.prepared.value.map((options) => (
        <PreparedCard key={options} playground={playground} options={options} />
      ))}
      {inboxes.all.value.map((inbox) => (
        <InboxCard key={inbox.id} inbox={inbox} onClose={() => void inboxes.close(inbox)} />
      ))}
    </div>
  );
}

/** Browsers take no more than a few changes of the address in a second. */
const WRITE_AFTER_MS = 300;

/** The address and the playground say the same: first as the address says, then as the playground does. */
function useAddress(playground: Playground): void {
  useEffect(() => {
    playground.follow(route.peek().query);
    let writing: ReturnType<typeof setTimeout> | undefined;
    const stop = effect(() => {
      const query = playground.query();
      clearTimeout(writing);
      writing = setTimeout(() => setQuery(query), WRITE_AFTER_MS);
    });
    return () => {
      stop();
      clearTimeout(writing);
    };
  }, [playground]);
}

async function copyLink(playground: Playground): Promise<void> {
  const link = new URL(playground.link(), location.href).href;
  const isCut = playground.fields.body.peek().length > MAX_LINKED_BODY;
  try {
    await navigator.clipboard.writeText(link);
    toast(`The link is copied. It carries the forms and subscriptions, no password${isCut ? ", and not the body, which is too long for it" : ""}.`);
  } catch {
    // Only pages of this machine and of https may write to the clipboard.
    toast("The browser does not let this page copy. The address of the page is the link.");
  }
}

function Interrupted({ state }: { state: ConnectionState }) {
  return (
    <p class="freshness" data-testid="work-interrupted">
      {state === "closed" ? "Disconnected: sign in again" : "Reconnecting; subscriptions go on by themselves"}
    </p>
  );
}
