// The gateway at a glance: how much flows, what it holds, what it runs on, and what needs attention.

import { useSignal } from "@preact/signals";
import { Freshness } from "../../parts/freshness.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import type { PageProps } from "../../shell/page-props.ts";
import { AttentionPanel } from "./attention-panel.tsx";
import { BusiestPanel } from "./busiest-panel.tsx";
import { ChartsPanel } from "./charts-panel.tsx";
import { ListenersPanel } from "./listeners-panel.tsx";
import { NodePanel } from "./node-panel.tsx";
import { TotalsPanel } from "./totals-panel.tsx";
import "../../style/overview.css";

export function OverviewPage({ workspace }: PageProps) {
  const paused = useSignal(false);
  const { node } = workspace.identity.rights;
  return (
    <div class="page overview">
      <PageHead title="Overview">
        <Freshness workspace={workspace} />
      </PageHead>
      <TotalsPanel workspace={workspace} />
      <div class="column">
        <ChartsPanel workspace={workspace} paused={paused} />
        <BusiestPanel workspace={workspace} />
      </div>
      <div class="column">
        <AttentionPanel workspace={workspace} />
        {node && <NodePanel workspace={workspace} />}
        {node && <ListenersPanel workspace={workspace} />}
      </div>
    </div>
  );
}
